/**
 * The ten documented row types and one that is not documented. Source: dev.neoday.com/server-apis/automated-exports,
 * section "Export Types". Almost every value is a text there; times have no zone but in campaign_info.
 */
import { marks } from '../file/template.ts';
import type { Ids } from './ids.ts';

export interface Place {
  /** In its block, from 0. */
  position: number;
  /** How often the row has changed since the first result; each time it reads differently. */
  generation: number;
}

export interface RowType {
  /** A field without which the row is about nothing. */
  key: string;
  /** A field with a time, null where the type has none. */
  date: string | null;
  row(ids: Ids, place: Place): object;
}

const { day } = marks;

const games = ['gamification', 'lottery', 'quiz', 'memory'] as const;
const prizes = ['sorry', 'Gratis koffie', '10 % Rabatt', 'Fiets "Élan"', '日本旅行', 'Ticket 2×'] as const;
const coupons = [' exact-code-no-exp', 'spring-10', '  welcome', 'été-2024', 'winter-5'] as const;

function seconds({ position, generation }: Place): number {
  return (position * 87 + generation * 3601) % 86_400;
}

function clock(place: Place): string {
  return new Date(seconds(place) * 1000).toISOString().slice(11, 19);
}

function time(place: Place): string {
  return `${day} ${clock(place)}`;
}

function listed<T>(list: readonly T[], number: number): T | undefined {
  return list[number % list.length];
}

/** "1" for every n-th row; a change turns it round. */
function flag({ position, generation }: Place, every: number): '0' | '1' {
  return (position % every === 0) === (generation % 2 === 0) ? '1' : '0';
}

const campaignInfo: RowType = {
  key: 'campaign_code',
  date: 'campaign_start',
  row: (ids, { position, generation }) => ({
    campaign_name: listed(['Spaaractie', 'Été gagnant', 'Sommer & Spiel', 'Win "big"'], position),
    campaign_code: ids.own('campaign', position),
    campaign_start: `${day}T00:00:00+00:00`,
    campaign_end: `2027-01-${String(1 + ((position + generation) % 28)).padStart(2, '0')}T00:00:00+01:00`,
  }),
};

const userBaseConnections: RowType = {
  key: 'userid',
  date: null,
  row: (ids, { position, generation }) => {
    const external = `crm-${marks.block}-${position}${generation > 0 ? `-${generation}` : ''}`;
    // The page's sample says client_id, its note external_id.
    return { userid: ids.own('user', position), [position % 20 === 3 ? 'external_id' : 'client_id']: external };
  },
};

const playerInfoUserId: RowType = {
  key: 'stackinstanceid',
  date: 'participation_date',
  row: (ids, place) => ({
    userid: ids.user(place.position >> 1),
    stackinstanceid: ids.own('instance', place.position),
    value: String(10_000 + place.position * 5 + place.generation * 10) + (place.position % 50 === 7 ? '.50' : ''),
    participation_date: time({ ...place, generation: 0 }),
    // Vendors add fields without a word.
    ...(place.position % 250 === 9 ? { channel: 'app' } : {}),
  }),
};

const playerInfoGameType: RowType = {
  key: 'stackinstanceid',
  date: null,
  row: (ids, { position, generation }) => ({
    stackinstanceid: ids.own('instance', position),
    stackid: ids.campaign(position),
    game_type: listed(games, position + generation),
  }),
};

const winInfo: RowType = {
  key: 'userid',
  date: 'participation_date',
  row: (ids, place) => ({
    userid: ids.user(place.position >> 2),
    stackid: ids.campaign(place.position >> 1),
    haswon: flag(place, 10),
    participation_date: `${time({ ...place, generation: 0 })}.${String((place.position * 37) % 1000).padStart(3, '0')}`,
  }),
};

const allCoupons: RowType = {
  key: 'userid',
  date: 'received_date',
  row: (ids, { position, generation }) => {
    // Two coupons of one kind handed out in the same second are two coupons.
    const place = { position: position % 50 === 49 ? position - 1 : position, generation };
    return {
      userid: ids.user(place.position),
      coupon_name: listed(coupons, place.position),
      received_date: time(place),
    };
  },
};

const challengesUserId: RowType = {
  key: 'stackinstanceid',
  date: 'participation_date',
  row: (ids, place) => ({
    userid: ids.user(place.position),
    stackinstanceid: ids.own('progress', place.position),
    hascompleted: flag(place, 3),
    participation_date: time({ ...place, generation: 0 }),
  }),
};

const challengesGameType: RowType = {
  key: 'stackinstanceid',
  date: null,
  row: (ids, { position, generation }) => ({
    stackinstanceid: ids.own('progress', position),
    stackid: ids.campaign(position),
    game_type: listed(games, position + 1 + generation),
  }),
};

const gamificationPrizeUserId: RowType = {
  key: 'userid',
  date: 'claimed_date',
  row: (ids, { position, generation }) => {
    // A prize that stands twice in one file: open, and claimed.
    const again = position % 100 === 96;
    const prize = again ? position - 1 : position;
    return {
      userid: ids.user(prize),
      game_id: ids.game(prize),
      game_name: listed(['Scratch-and-Win', 'Rad van Fortuin', 'Glücksrad'], prize),
      prizeid: ids.prize(prize),
      claimed_date: generation === 0 && !again && position % 5 < 3 ? null : time({ position, generation }),
    };
  },
};

const gamificationPrizePrizeType: RowType = {
  key: 'prizeid',
  date: null,
  row: (ids, { position, generation }) => ({
    prizeid: ids.own('prize', position),
    game_id: ids.game(position),
    prize_name: `${listed(prizes, position)}${generation > 0 ? ` (${generation})` : ''}`,
    prize_type: position % prizes.length === 0 ? 'no-prize' : 'coupon',
  }),
};

/** Nothing says what such a row is like: nested values, texts in many scripts and digits that a number cannot hold. */
const unknown: RowType = {
  key: 'answer_id',
  date: 'answered_at',
  row: (ids, place) => ({
    answer_id: ids.own('survey', place.position),
    userid: ids.user(place.position),
    question: { number: 1 + (place.position % 12), text: 'Wat vond je van "Été [1]"?' },
    answer: listed(['Prima', 'geht so \\ naja', '最高です', 'J’adore 🎉', ''], place.position),
    score: place.position % 40 === 0 ? '@9007199254740993' : `@${place.generation + 1}.50`,
    answered_at: time({ ...place, generation: 0 }),
  }),
};

const types: Readonly<Record<string, RowType>> = {
  'campaign-info': campaignInfo,
  'user-base-connections': userBaseConnections,
  'player-info-user-id': playerInfoUserId,
  'player-info-game-type': playerInfoGameType,
  'win-info': winInfo,
  'all-coupons': allCoupons,
  'challenges-user-id': challengesUserId,
  'challenges-game-type': challengesGameType,
  'gamification-prize-user-id': gamificationPrizeUserId,
  'gamification-prize-prize-type': gamificationPrizePrizeType,
};

/** A name that is not documented has rows of a type that is not. */
export function rowTypeOf(systemName: string): RowType {
  return types[systemName] ?? unknown;
}

/** One row as raw JSON; a text of digits after `@` becomes those digits, as a number. */
export function rowJson(type: RowType, ids: Ids, place: Place): string {
  return JSON.stringify(type.row(ids, place)).replaceAll(/"@([\d.]+)"/g, '$1');
}
