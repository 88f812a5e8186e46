import { z } from 'zod';
import type { Path } from '../document.ts';
import { type Mistake, mistakesOf } from '../mistakes.ts';
import type { SecretSources } from '../secrets.ts';
import { createValues, missingOr } from '../values.ts';
import { channelKeys, channelSchema } from './channels.ts';
import { durationWithin, type Known, ruleKeys, ruleSchema } from './rules.ts';
import { type AlertSettings, defaultRules } from './settings.ts';

export interface CheckedAlerts {
  /** Undefined where the file has none, or where it is wrong. */
  readonly alerts: AlertSettings | undefined;
  readonly mistakes: Mistake[];
}

const minute = 60_000;
const day = 86_400_000;
export const channelName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const keys = ['channels', 'rules', 'every', 'giveUpAfter'];
const shape = 'must be a mapping with at least `channels` (see docs/configuration.md)';
const channelsError = 'must be a mapping from a channel’s name to where it leads, with at least one';
const nameError =
  'is not a name for a channel: use letters, digits, `-` and `_`, at most 63, beginning with a letter or digit';
const rulesError = 'must be a list of rules, never empty; leave it out for the usual ones';

/** What stands under `alerts:`, which may name the connections of the file. */
export function checkAlerts(
  written: unknown,
  label: string,
  sources: SecretSources,
  connections: readonly string[],
): CheckedAlerts {
  if (written === undefined) return { alerts: undefined, mistakes: [] };
  const names = keysOf(keyed(written)?.channels);
  const { data, error } = schemaFor(names, label, sources, connections).safeParse(written);
  const misnamed = names
    .filter((name) => !channelName.test(name))
    .map((name) => mistake(['channels', name], nameError));
  if (data === undefined) return { alerts: undefined, mistakes: [...misnamed, ...placed(error.issues, written)] };
  const { channels, rules, every, giveUpAfter } = data;
  const named = names.flatMap((name) => (channels[name] === undefined ? [] : [{ name, ...channels[name] }]));
  return { alerts: { channels: named, rules: rules ?? defaultRules, every, giveUpAfter }, mistakes: misnamed };
}

function schemaFor(names: readonly string[], label: string, sources: SecretSources, connections: readonly string[]) {
  const channels = names.map(
    (name) => [name, channelSchema(createValues(`${label} alerts.channels.${name}`, sources))] as const,
  );
  const named = z
    .strictObject(Object.fromEntries(channels), { error: missingOr(channelsError) })
    .refine((found) => Object.keys(found).length > 0, { error: channelsError });
  return alertsSchema(named, { connections, channels: names });
}

/** What may stand under `alerts:`, with its channels by name and the names that rules may use. */
export function alertsSchema<Channels extends z.ZodType>(channels: Channels, known: Known) {
  return z.strictObject(
    {
      channels,
      rules: z.array(ruleSchema(known), { error: rulesError }).min(1, { error: rulesError }).optional(),
      every: durationWithin(1000, 60 * minute, 'from 1s to 1h').default(minute),
      giveUpAfter: durationWithin(1000, 30 * day, 'from 1s to 30d').default(day),
    },
    { error: ({ code }) => (code === 'invalid_type' ? shape : undefined) },
  );
}

const mistake = (path: Path, message: string): Mistake => ({ path: ['alerts', ...path], message });

function placed(issues: readonly z.core.$ZodIssue[], written: unknown): Mistake[] {
  return mistakesOf(issues, (path) => keysAt(written, path)).map(({ path, message }) => mistake(path, message));
}

function keysAt(written: unknown, [part, at]: Path): readonly string[] {
  if (part === undefined) return keys;
  const { channels, rules } = keyed(written) ?? {};
  if (part === 'channels') return channelKeys[String(keyed(keyed(channels)?.[String(at)])?.type)] ?? ['type'];
  const rule = Array.isArray(rules) ? rules[Number(at)] : undefined;
  return ruleKeys(String(keyed(rule)?.on));
}

function keyed(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

const keysOf = (value: unknown): string[] => Object.keys(keyed(value) ?? {});
