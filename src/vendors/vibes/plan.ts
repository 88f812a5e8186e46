import {
  chosen,
  type Pool,
  type SettingName,
  type Settings,
  type SettingValue,
  settingNames,
  settingsOf,
  type WantedPool,
} from './pool.ts';
import { fingerprintOf } from './wire.ts';

/** A pool that ought to be, as the file declares it. */
export type Declared = WantedPool & { readonly id?: number | undefined };

/** A pool that we created or changed, under the name that it had then. */
export interface ManagedPool {
  readonly id: string;
  readonly name: string;
}

export interface Difference {
  readonly setting: SettingName;
  /** Undefined where the vendor does not tell it. */
  readonly from: SettingValue | undefined;
  readonly to: SettingValue;
}

/** What is to be done about one pool. `name` is what the vendor calls it, or what it will be called. */
export type PlannedPool =
  | { readonly kind: 'create'; readonly name: string; readonly settings: Settings }
  | {
      readonly kind: 'update';
      readonly id: string;
      readonly name: string;
      /** Of the pool as it was seen. */
      readonly fingerprint: string;
      /** What is wanted of it, changed or not. */
      readonly settings: Settings;
      readonly differences: readonly Difference[];
    }
  | { readonly kind: 'unchanged' | 'unmanaged'; readonly id: string; readonly name: string }
  | { readonly kind: 'refused'; readonly name: string; readonly sentence: string };

/**
 * Compares what is declared with what the vendor lists. A pool is known by its name, or by its id where one is given; where
 * that leaves it open which pool is meant, nothing is done to it and a sentence says why. Pools that nobody declared are
 * never touched.
 *
 * @param managed what we created or changed before: by it a pool that was renamed is noticed.
 */
export function planPools(
  declared: readonly Declared[],
  listed: readonly Pool[],
  managed: readonly ManagedPool[] = [],
): PlannedPool[] {
  const view = new View(declared, listed, managed);
  const planned = declared.map((one) => planOne(one, view));
  const named = new Set(planned.flatMap((one) => ('id' in one ? [one.id] : [])));
  const others = listed.filter(({ id }) => !named.has(id));
  return [...planned, ...others.map((pool) => ({ kind: 'unmanaged', id: pool.id, name: nameOf(pool) }) as const)];
}

/** Whether there is anything to do. */
export const isToDo = ({ kind }: PlannedPool): boolean => kind === 'create' || kind === 'update';

/** How a pool differs from what is wanted of it. */
export function differencesOf(pool: Pool, wanted: Settings): Difference[] {
  return settingNames.flatMap((setting) => {
    const to = wanted[setting];
    const from = pool.settings[setting];
    return to === undefined || to === from ? [] : [{ setting, from, to }];
  });
}

/** A full set of settings: the pool's own, with what is wanted in their place. */
export function merged(pool: Pool, wanted: Settings): Settings {
  return chosen((name) => wanted[name] ?? pool.settings[name]);
}

/** What a new pool still lacks. */
export function missingSettings(settings: Settings): SettingName[] {
  return settingNames.filter((name) => settings[name] === undefined);
}

const nameOf = ({ id, settings }: Pool): string => String(settings.name ?? `pool ${id}`);

/** Who lays claim to which of the listed pools. */
class View {
  readonly listed: readonly Pool[];
  readonly managed: readonly ManagedPool[];
  readonly #byId: ReadonlySet<string>;
  readonly #names: ReadonlySet<string>;

  constructor(declared: readonly Declared[], listed: readonly Pool[], managed: readonly ManagedPool[]) {
    this.listed = listed;
    this.managed = managed;
    this.#byId = new Set(declared.flatMap(({ id }) => (id === undefined ? [] : [String(id)])));
    this.#names = new Set(declared.flatMap(({ id, name }) => (id === undefined ? [name] : [])));
  }

  /** Pools of that name that no declaration names by id. */
  named(name: string): Pool[] {
    return this.listed.filter((pool) => pool.settings.name === name && !this.#byId.has(pool.id));
  }

  /** Whether a declaration names the pool, by id or by name. */
  isDeclared(pool: Pool): boolean {
    return this.#byId.has(pool.id) || this.#names.has(nameOf(pool));
  }
}

function planOne(declared: Declared, view: View): PlannedPool {
  const { name, id } = declared;
  if (id !== undefined) return planById(declared, String(id), view);
  const [pool, ...others] = view.named(name);
  if (pool === undefined) return planNew(declared, view);
  if (others.length === 0) return compared(pool, declared);
  const ids = [pool, ...others].map((one) => one.id).join(', ');
  return refused(
    name,
    `Vibes has ${others.length + 1} pools of this name (${ids}): say by \`id:\` which one is meant.`,
  );
}

function planById(declared: Declared, id: string, view: View): PlannedPool {
  const { name } = declared;
  const pool = view.listed.find((one) => one.id === id);
  if (pool === undefined) {
    return refused(name, `Vibes has no pool with the id ${id}. Correct \`id:\`, or leave it out to go by the name.`);
  }
  const [other] = view.named(name);
  if (other === undefined) return compared(pool, declared);
  return refused(
    name,
    `pool ${id} would get the name that pool ${other.id} has already. Give one of them another name, or declare both with their \`id:\`.`,
  );
}

/** No pool has the name: it is new, unless one that we know has been renamed, here or there. */
function planNew(declared: Declared, view: View): PlannedPool {
  const { name } = declared;
  const known = view.managed.flatMap(({ id, name: before }) => {
    const pool = view.listed.find((one) => one.id === id);
    return pool === undefined || view.isDeclared(pool) ? [] : [{ pool, before }];
  });
  const there = known.find(({ before }) => before === name);
  if (there !== undefined) {
    const { id } = there.pool;
    return refused(
      name,
      `pool ${id}, which had this name, is called ${quoted(nameOf(there.pool))} at Vibes now. Give it \`id: ${id}\` to rename it, or write its new name into the file.`,
    );
  }
  if (known.length > 0) return refused(name, formerly(known.map(({ pool }) => pool)));
  const settings = settingsOf(declared);
  const missing = missingSettings(settings);
  if (missing.length === 0) return { kind: 'create', name, settings };
  return refused(name, `there is no pool of this name, and to create one ${missing.join(', ')} must be declared too.`);
}

function formerly(pools: readonly Pool[]): string {
  const them = pools.map((pool) => `${pool.id} ${quoted(nameOf(pool))}`).join(', ');
  const which = pools.length === 1 ? `pool ${them}` : `one of the pools ${them}`;
  return `there is no pool of this name, and it may be the new name of ${which}, created or changed from here before and not declared any more. If it is, add that pool’s \`id:\`; if it is a new pool, create it with \`incentive-sync pools create\`.`;
}

const quoted = (name: string): string => `“${name}”`;

function refused(name: string, sentence: string): PlannedPool {
  return { kind: 'refused', name, sentence };
}

function compared(pool: Pool, declared: WantedPool): PlannedPool {
  return planUpdate(pool, settingsOf(declared));
}

/** What has to be done so that a pool is as it is wanted. */
export function planUpdate(pool: Pool, settings: Settings): PlannedPool {
  const differences = differencesOf(pool, settings);
  const { id } = pool;
  const name = nameOf(pool);
  if (differences.length === 0) return { kind: 'unchanged', id, name };
  return { kind: 'update', id, name, fingerprint: fingerprintOf(pool), settings, differences };
}
