export const distributionMethods = ['unique', 'multi'] as const;

export type DistributionMethod = (typeof distributionMethods)[number];

/** A pool as a file or a command wants it: what is left out stays as it is at the vendor. */
export interface WantedPool {
  readonly name: string;
  readonly issuance_allowed?: boolean | undefined;
  readonly redemption_allowed?: boolean | undefined;
  readonly incentive_codes?:
    | { readonly low_threshold?: number | undefined; readonly max_characters?: number | undefined }
    | undefined;
  readonly distribution?: { readonly method: DistributionMethod } | undefined;
  readonly notification_email_address?: string | undefined;
}

/** The documented addresses (developer-platform.vibes.com, Technical Details). */
export const regions = {
  us: 'https://public-api.vibescm.com',
  eu: 'https://public-api.eu.vibes.com',
} as const;

export type Region = keyof typeof regions;

/**
 * What people decide about a pool, in the vendor's names. What the vendor counts (total, issued, remaining) is not among
 * it, so that it is never sent.
 */
export const settingNames = [
  'name',
  'issuance_allowed',
  'redemption_allowed',
  'incentive_codes.low_threshold',
  'incentive_codes.max_characters',
  'distribution.method',
  'notification_email_address',
] as const;

export type SettingName = (typeof settingNames)[number];

export type SettingValue = string | number | boolean;

/** By name; what nobody has said is not in it. */
export type Settings = { readonly [Name in SettingName]?: SettingValue };

/** A pool as the vendor shows it. Counts are null where it does not tell them. */
export interface Pool {
  /** Decimal digits. */
  readonly id: string;
  readonly settings: Settings;
  readonly total: number | null;
  readonly issued: number | null;
  readonly remaining: number | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** A pool's settings, one beside the other; of a pool that is wanted, only those that are. */
export function settingsOf(pool: WantedPool): Settings {
  const { name, issuance_allowed, redemption_allowed, incentive_codes, distribution } = pool;
  const all = {
    name,
    issuance_allowed,
    redemption_allowed,
    'incentive_codes.low_threshold': incentive_codes?.low_threshold,
    'incentive_codes.max_characters': incentive_codes?.max_characters,
    'distribution.method': distribution?.method,
    notification_email_address: pool.notification_email_address,
  } satisfies Record<SettingName, SettingValue | undefined>;
  return chosen((setting) => all[setting]);
}

/** The settings for which there is a value, in the documented order. */
export function chosen(settingOf: (name: SettingName) => SettingValue | undefined): Settings {
  const given = settingNames.flatMap((name) => {
    const value = settingOf(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** The body of a POST or PUT (developer-platform.vibes.com, Incentive Pool API). */
export function bodyOf(settings: Settings): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of settingNames) {
    const value = settings[name];
    if (value === undefined) continue;
    const [outer = name, inner] = name.split('.');
    body[outer] = inner === undefined ? value : { ...objectAt(body, outer), [inner]: value };
  }
  return body;
}

function objectAt(body: Record<string, unknown>, name: string): object {
  const value = body[name];
  return typeof value === 'object' && value !== null ? value : {};
}
