import type { VibesConnection } from '../config/systems/vibes.ts';
import type { StoredSettings } from '../store/vibes/changes.ts';
import { isMeant } from '../vendors/privacy/path.ts';
import { type SettingName, type Settings, settingNames } from '../vendors/vibes/pool.ts';

/** Settings that the connection's rules for personal data keep out of the database. */
export function hiddenSettings({ exclude, hash }: Pick<VibesConnection, 'exclude' | 'hash'>): SettingName[] {
  const paths = [...exclude, ...hash].filter((path) => isMeant(path, 'pools')).map(({ names }) => names.join('.'));
  return settingNames.filter((name) => paths.some((path) => name === path || name.startsWith(`${path}.`)));
}

/** What may be written down of a pool's settings. */
export function shownSettings(settings: Settings, hidden: readonly SettingName[]): StoredSettings {
  const shown = settingNames.flatMap((name) => {
    const value = settings[name];
    return value === undefined || hidden.includes(name) ? [] : [[name, value] as const];
  });
  return Object.fromEntries(shown);
}
