import { type Field, fields } from '../fields.ts';
import type { Documented } from '../privacy/documented.ts';

/**
 * What paths for personal data may name: the fields of the ten documented exports (dev.neoday.com/server-apis/
 * automated-exports, Export Types), by the name that their tables and root keys have.
 */
const playerAndInstance = { userid: 'text', stackinstanceid: 'text' } as const;
const game = { stackinstanceid: 'text', stackid: 'text', game_type: 'text' } as const;

const exportFields = {
  campaign_info: fields({
    campaign_name: 'text',
    campaign_code: 'text',
    campaign_start: 'instant',
    campaign_end: 'instant',
  }),
  // The sample shows `client_id`, the note beside it speaks of `external_id`.
  user_base_connections: fields({ userid: 'text', client_id: 'text', external_id: 'text' }),
  player_info_user_id: fields({ ...playerAndInstance, value: 'exact', participation_date: 'instant' }),
  player_info_game_type: fields(game),
  win_info: fields({ userid: 'text', stackid: 'text', haswon: 'boolean', participation_date: 'instant' }),
  all_coupons: fields({ userid: 'text', coupon_name: 'text', received_date: 'instant' }),
  challenges_user_id: fields({ ...playerAndInstance, hascompleted: 'boolean', participation_date: 'instant' }),
  challenges_game_type: fields(game),
  gamification_prize_user_id: fields({
    userid: 'text',
    game_id: 'text',
    game_name: 'text',
    prizeid: 'text',
    claimed_date: 'instant',
  }),
  gamification_prize_prize_type: fields({ prizeid: 'text', game_id: 'text', prize_name: 'text', prize_type: 'text' }),
} as const satisfies Record<string, readonly Field[]>;

/** Fields that tell the rows of an export apart: they may be hashed, but have to stay. */
const keys = {
  campaign_info: ['campaign_code'],
  user_base_connections: ['userid', 'client_id', 'external_id'],
  player_info_user_id: ['userid', 'stackinstanceid', 'participation_date'],
  player_info_game_type: ['stackinstanceid'],
  win_info: ['userid', 'stackid', 'participation_date'],
  all_coupons: ['userid', 'coupon_name', 'received_date'],
  challenges_user_id: ['userid', 'stackinstanceid'],
  challenges_game_type: ['stackinstanceid'],
  gamification_prize_user_id: ['userid', 'game_id', 'prizeid'],
  gamification_prize_prize_type: ['prizeid', 'game_id'],
} as const satisfies Record<keyof typeof exportFields, readonly string[]>;

export const neodayDocumented: Documented = { fields: exportFields, inside: [], keys, others: true };
