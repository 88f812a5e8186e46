import { isEmail, isName } from '../config/systems/vibes-pools.ts';
import { ConfigurationError } from '../errors.ts';
import type { Screen } from '../screen/screen.ts';
import { missingSettings, planUpdate } from '../vendors/vibes/plan.ts';
import { chosen, type Settings } from '../vendors/vibes/pool.ts';
import type { SettingOptions } from './pools.ts';
import { carryOut } from './pools-apply-action.ts';
import { pickPool, poolsSite } from './pools-site.ts';

/** Creates one pool, unless there is one of its name. */
export async function createAction(connection: string, options: SettingOptions, screen: Screen): Promise<void> {
  const settings = settingsOf(options, { issuance: true, redemption: true });
  const { name } = settings;
  const missing = missingSettings(settings).map((setting) => flags[setting]);
  if (missing.length > 0 || typeof name !== 'string') {
    throw new ConfigurationError(`A pool that is to be created needs ${missing.join(', ')} too. Nothing was changed.`);
  }
  const site = await poolsSite(connection, options);
  const there = site.pools.find((pool) => pool.settings.name === name);
  if (there !== undefined) {
    throw new ConfigurationError(
      `Vibes has a pool “${name}” already, ${there.id}. Choose another name, or change that one: incentive-sync pools update ${connection} ${there.id}`,
    );
  }
  await carryOut(site, [{ kind: 'create', name, settings }], options, screen);
}

/** Changes the settings that are named, of one pool. */
export async function updateAction(
  connection: string,
  pool: string,
  options: SettingOptions,
  screen: Screen,
): Promise<void> {
  const settings = settingsOf(options, {});
  if (Object.keys(settings).length === 0) {
    throw new ConfigurationError(`Say what is to be changed, for example --low-threshold 50. Nothing was changed.`);
  }
  const site = await poolsSite(connection, options);
  await carryOut(site, [planUpdate(pickPool(site.pools, pool), settings)], options, screen);
}

const flags: Record<keyof Settings, string> = {
  name: '--name',
  issuance_allowed: '--issuance',
  redemption_allowed: '--redemption',
  'incentive_codes.low_threshold': '--low-threshold',
  'incentive_codes.max_characters': '--max-characters',
  'distribution.method': '--method',
  notification_email_address: '--email',
};

/** @throws ConfigurationError for a name or an address that is none. */
function settingsOf(options: SettingOptions, usual: { issuance?: boolean; redemption?: boolean }): Settings {
  const { name, method, lowThreshold, maxCharacters, email } = options;
  if (name !== undefined && !isName(name)) throw new ConfigurationError('--name must be from 1 to 255 characters.');
  if (email !== undefined && !isEmail(email)) throw new ConfigurationError('--email must be an e-mail address.');
  const values: Record<keyof Settings, string | number | boolean | undefined> = {
    name,
    issuance_allowed: options.issuance ?? usual.issuance,
    redemption_allowed: options.redemption ?? usual.redemption,
    'incentive_codes.low_threshold': lowThreshold,
    'incentive_codes.max_characters': maxCharacters,
    'distribution.method': method,
    notification_email_address: email,
  };
  return chosen((setting) => values[setting]);
}
