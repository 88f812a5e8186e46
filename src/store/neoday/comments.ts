import type { Comments } from '../comments.ts';
import { type RowTable, rowTables } from './tables.ts';

const about: Record<string, string> = {
  campaign_info: 'NeoDay export campaign-info: campaigns.',
  user_base_connections: 'NeoDay export user-base-connections: users and who they are at a third party.',
  player_info_user_id: 'NeoDay export player-info-user-id: participations.',
  player_info_game_type: 'NeoDay export player-info-game-type: the game behind a stackinstanceid.',
  win_info: 'NeoDay export win-info: who won.',
  all_coupons: 'NeoDay export all-coupons: coupons made for users.',
  challenges_user_id: 'NeoDay export challenges-user-id: progress of users in challenges.',
  challenges_game_type: 'NeoDay export challenges-game-type: the game behind a stackinstanceid.',
  gamification_prize_user_id: 'NeoDay export gamification-prize-user-id: prizes of users.',
  gamification_prize_prize_type: 'NeoDay export gamification-prize-prize-type: prizes.',
};

/** Every row that any result has shown, and which results did; what holds now is in the views. */
export function neodayComments(): Comments {
  const tables = rowTables.flatMap((table) => [
    [`neoday.${table.key}`, { table: describe(table), columns: columnsOf(table) }] as const,
    [`neoday.staged_${table.key}`, { table: staged(table), columns: {} }] as const,
  ]);
  return { ...Object.fromEntries(tables), ...ledger };
}

function describe({ key, shared }: RowTable): string {
  if (shared)
    return 'Rows of NeoDay exports outside the documented ten, as they are: every row that any result has shown.';
  return `${about[key] ?? ''} Every row that any result has shown; what holds now is in neoday.current_${key}.`;
}

const staged = ({ key }: RowTable): string =>
  `Rows of files that are not complete yet, on their way into neoday.${key}. Unlogged: empty after a crash of PostgreSQL, then the file is loaded anew.`;

function columnsOf({ columns, shared }: RowTable): Record<string, string> {
  const local = columns.filter((column) => column.endsWith('_local'));
  const zone = 'Zone in which the row’s times were read; null for UTC.';
  const kept = 'The vendor’s text, where the zone has this time twice or not at all; null otherwise.';
  return {
    connection: 'Name of the connection in incentive-sync.yaml.',
    content_hash: 'Fingerprint of the row’s content: the row is known again by it.',
    ordinal: 'Which of the equal rows of one file, from 1.',
    ...(columns.includes('time_zone') ? { time_zone: zone } : {}),
    ...Object.fromEntries(local.map((column) => [column, kept])),
    raw: shared
      ? 'The row as the vendor sent it.'
      : 'The whole row as the vendor sent it, where the other columns do not give it back exactly; null otherwise.',
    first_result: 'The oldest result that showed the row (neoday.results.sequence).',
    last_result: 'The newest result that showed it; null while the newest loaded result of the export does.',
    synced_at: 'When this content was stored; a run that finds it unchanged leaves it alone.',
    run_id: 'The run that stored this content (sync.runs.run_id).',
  };
}

const ledger: Comments = {
  'neoday.exports': {
    table: 'Exports of each NeoDay connection, and how the configuration wants them read.',
    columns: {
      export: 'The vendor’s system_name.',
      table_name: 'Table of this schema that holds its rows.',
      mode: 'snapshot: what the newest result does not show is gone. merge: it stays.',
      kept_result:
        'In snapshot mode the result whose rows all stay in the current view, since the newest has far fewer; null where the newest counts alone.',
    },
  },
  'neoday.results': {
    table: 'Results of exports: which files there are, which are loaded, and the committed place in those under way.',
    columns: {
      sequence: 'Names the result in the tables of rows. Not their order: that is created_at.',
      state: 'pending, loading, loaded, skipped (older than since), expired (gone at the vendor) or failed.',
      reason: 'Why it is expired or failed, with the place.',
      etag: 'With length: tells that a file is still the one that was begun.',
      bytes_done: 'Byte after the last committed row.',
      rows_done: 'Rows committed, those put aside included.',
      mapping: 'How its rows were read: time zone, rules for personal data, version.',
      opened_at: 'When its file was last begun at the beginning.',
      loaded_at: 'When it was last loaded whole; kept while it is loaded again.',
    },
  },
};
