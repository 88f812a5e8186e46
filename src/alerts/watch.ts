import type { AlertKind, AlertRule, AlertSettings, RuleOn } from '../config/alerts/settings.ts';
import type { Due } from '../config/schedule.ts';
import { agesByItself, type System } from '../receipt.ts';

/** What rules need to know of a connection; the configuration's types have it. */
export interface WatchedConnection {
  readonly name: string;
  readonly system: System;
  readonly schedule?: Due | undefined;
  /** Streams that its settings name; undefined where all that the vendor has are meant. */
  readonly streams?: readonly string[] | undefined;
  /** Only of Vibes. */
  readonly lowWithinDays?: number | undefined;
}

/** What is to be watched, and who is to be told. */
export interface Watch {
  readonly connections: readonly WatchedConnection[];
  readonly settings: AlertSettings;
}

/** The part of a connection that a rule may be limited to. */
export interface Part {
  stream?: string;
  pool?: string;
}

/** The first rule about `kind` that covers it; undefined where none does. */
export function ruleFor<Kind extends AlertKind>(
  { settings }: Watch,
  kind: Kind,
  connection: string,
  part: Part = {},
): RuleOn<Kind> | undefined {
  return settings.rules.find((rule): rule is RuleOn<Kind> => rule.on === kind && covers(rule, connection, part));
}

function covers(rule: AlertRule, connection: string, { stream, pool }: Part): boolean {
  if (rule.connections?.includes(connection) === false) return false;
  if ('streams' in rule && stream !== undefined && rule.streams?.includes(stream) === false) return false;
  return !('pools' in rule && pool !== undefined && rule.pools?.includes(pool) === false);
}

/** Names of the channels that a rule tells. */
export function channelsOf({ settings }: Watch, { channels }: AlertRule): readonly string[] {
  return channels ?? settings.channels.map(({ name }) => name);
}

const hour = 3_600_000;

/** Milliseconds that a stream may be old; null where nothing says so. */
export function freshWithin(
  { freshWithin: told }: RuleOn<'stale'>,
  { schedule, system }: WatchedConnection,
): number | null {
  if (told !== undefined) return told;
  if (agesByItself(system)) return null;
  return schedule?.kind === 'every' ? Math.max(3 * schedule.everyMs, hour) : null;
}
