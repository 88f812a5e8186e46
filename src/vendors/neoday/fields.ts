import type { Field, FieldType } from '../fields.ts';

/**
 * How NeoDay writes a field. Every value is documented as text. `flag` is "0" or "1", `number` digits, `instant` a time
 * with its offset (2024-06-20T00:00:00+00:00), `local` a time without a zone (2024-06-20 09:35:57), `localMillis` the same
 * with three digits more (2024-06-20 09:35:57.123).
 */
export type NeodayFieldType = 'text' | 'flag' | 'number' | 'instant' | 'local' | 'localMillis';

export interface NeodayField {
  /** The vendor's name, which is also the column's. */
  readonly name: string;
  readonly type: NeodayFieldType;
  /** Part of the natural key: a row without it cannot be told from others. */
  readonly key: boolean;
  /** Another name that the documentation uses for the same field. */
  readonly otherName: string | null;
}

/** Raise this whenever a row's columns are made otherwise than before: rows that were put aside are then tried again. */
export const mappingVersion = 1;

const key = (type: NeodayFieldType, otherName: string | null = null) => ({ type, key: true, otherName });

type Tree = Readonly<Record<string, NeodayFieldType | Omit<NeodayField, 'name'>>>;

function rowFields(tree: Tree): readonly NeodayField[] {
  return Object.entries(tree).map(([name, node]) =>
    typeof node === 'string' ? { name, type: node, key: false, otherName: null } : { name, ...node },
  );
}

/**
 * The documented rows of the ten exports (dev.neoday.com/server-apis/automated-exports, "Export Types"), by the root key
 * of their files. The vendor gives rows no key; these natural keys are ours.
 */
export const neodayFields = {
  campaign_info: rowFields({
    campaign_name: 'text',
    campaign_code: key('text'),
    campaign_start: 'instant',
    campaign_end: 'instant',
  }),
  // The page's sample says `client_id`, its note below speaks of `external_id`.
  user_base_connections: rowFields({ userid: key('text'), client_id: key('text', 'external_id') }),
  player_info_user_id: rowFields({
    userid: key('text'),
    stackinstanceid: key('text'),
    value: 'number',
    participation_date: key('local'),
  }),
  player_info_game_type: rowFields({ stackinstanceid: key('text'), stackid: 'text', game_type: 'text' }),
  win_info: rowFields({
    userid: key('text'),
    stackid: key('text'),
    haswon: 'flag',
    participation_date: key('localMillis'),
  }),
  all_coupons: rowFields({ userid: key('text'), coupon_name: key('text'), received_date: key('local') }),
  challenges_user_id: rowFields({
    userid: key('text'),
    stackinstanceid: key('text'),
    hascompleted: 'flag',
    participation_date: 'local',
  }),
  challenges_game_type: rowFields({ stackinstanceid: key('text'), stackid: 'text', game_type: 'text' }),
  gamification_prize_user_id: rowFields({
    userid: key('text'),
    game_id: key('text'),
    game_name: 'text',
    prizeid: key('text'),
    claimed_date: 'local',
  }),
  gamification_prize_prize_type: rowFields({
    prizeid: key('text'),
    game_id: key('text'),
    prize_name: 'text',
    prize_type: 'text',
  }),
} as const satisfies Record<string, readonly NeodayField[]>;

export type NeodayType = keyof typeof neodayFields;

/**
 * Which of the ten types an export holds, told by its name: `win-info` holds `win_info`. Null for any other, whose rows
 * are kept as they are.
 */
export function typeOfExport(systemName: string): NeodayType | null {
  const name = systemName.replaceAll('-', '_');
  return Object.hasOwn(neodayFields, name) ? (name as NeodayType) : null;
}

/** Zone-less times: they are read in the connection's `timeZone`. */
export const isLocal = ({ type }: NeodayField): boolean => type === 'local' || type === 'localMillis';

const asDocumented: Record<NeodayFieldType, FieldType> = {
  text: 'text',
  flag: 'boolean',
  number: 'exact',
  instant: 'instant',
  local: 'instant',
  localMillis: 'instant',
};

/** The same fields as paths, for what is said of personal data in the configuration. */
export const documentedRows: Readonly<Record<NeodayType, readonly Field[]>> = mapTypes((rows) =>
  rows.map(({ name, type }) => ({ column: name, path: [name], type: asDocumented[type] })),
);

function mapTypes<T>(change: (rows: readonly NeodayField[]) => T): Record<NeodayType, T> {
  const entries = Object.entries(neodayFields).map(([type, rows]) => [type, change(rows)]);
  return Object.fromEntries(entries);
}
