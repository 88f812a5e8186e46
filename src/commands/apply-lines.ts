import type { ScheduleDifference } from '../operations/schedule-facts.ts';
import type { PlannedSchedule, ScheduleChange } from '../operations/schedules.ts';
import type { SearchAttributesState } from '../operations/search-attributes.ts';
import { folded, moment, printable } from '../screen/format.ts';
import { type Colour, paint, type Screen, widthOf } from '../screen/screen.ts';

/** What was done, or with `--dry-run` is to be. */
export interface Applied {
  /** Names of migrations. */
  migrations: readonly string[];
  attributes: SearchAttributesState;
  schedules: readonly PlannedSchedule[];
  warnings: readonly string[];
}

export function isSomethingToDo({ migrations, attributes, schedules }: Applied): boolean {
  const missing = attributes.ready && attributes.registered.length > 0;
  return migrations.length > 0 || missing || schedules.some(({ change }) => change !== 'unchanged');
}

const colours: Record<ScheduleChange, Colour> = {
  created: 'green',
  updated: 'cyan',
  unchanged: 'dim',
  removed: 'yellow',
  foreign: 'red',
};

/** A line for each thing that the file decides, and one for the whole. */
export function applyLines(screen: Screen, applied: Applied, dryRun: boolean): string[] {
  const { migrations, attributes, schedules, warnings } = applied;
  const rows: (readonly [string, Colour, string])[] = [
    ['database', migrations.length === 0 ? 'dim' : 'green', migrationsInWords(migrations, dryRun)],
    ['search attributes', attributes.ready ? 'dim' : 'yellow', attributesInWords(attributes, dryRun)],
    ...schedules.map(
      (one) => [`schedule of ${one.connection}`, colours[one.change], planInWords(one, dryRun)] as const,
    ),
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  const told = rows.flatMap(([what, colour, text]) => {
    const lines = folded(`${what.padEnd(width)}  ${printable(text)}`, widthOf(screen));
    return lines.map((line) => paint(screen, colour, line));
  });
  const marked = warnings.flatMap((warning) => folded(`! ${printable(warning)}`, widthOf(screen)));
  return [...told, ...marked.map((line) => paint(screen, 'yellow', line)), closing(applied, dryRun)];
}

function closing(applied: Applied, dryRun: boolean): string {
  if (!isSomethingToDo(applied)) return 'Everything is as the file says; nothing to do.';
  return dryRun ? 'Nothing was changed. `incentive-sync apply` does it.' : 'Done.';
}

function migrationsInWords(names: readonly string[], dryRun: boolean): string {
  if (names.length === 0) return 'up to date';
  return `${dryRun ? 'schema changes to apply' : 'schema changes applied'}: ${names.join(', ')}`;
}

function attributesInWords(state: SearchAttributesState, dryRun: boolean): string {
  if (!state.ready) return state.sentence;
  if (state.registered.length === 0) return 'up to date';
  return `${dryRun ? 'to register' : 'registered'}: ${state.registered.join(', ')}`;
}

/** What is to be done about one schedule, or was: `updated (jitter: 0s → 30s), next run 2026-03-01 06:00 UTC`. */
export function planInWords({ change, differences, next, paused }: PlannedSchedule, dryRun = false): string {
  if (change === 'foreign') {
    return 'another installation in this namespace has a schedule of this name, so it was left alone: use another name';
  }
  const what = dryRun && change !== 'unchanged' ? `to be ${change}` : change;
  const which = differences.length === 0 ? '' : ` (${differences.map(differenceInWords).join(', ')})`;
  const why = change === 'removed' ? ': the file has none for it' : '';
  const then = next === null ? '' : `, next run ${moment(next)}`;
  return `${what}${which}${why}${then}${paused === null ? '' : `, paused: ${paused || 'no reason given'}`}`;
}

function differenceInWords({ key, from, to }: ScheduleDifference): string {
  return `${key}: ${from ?? 'none'} → ${to ?? 'none'}`;
}

/** One line of JSON; keys and order are part of the contract. */
export function applyDocument({ migrations, attributes, schedules, warnings }: Applied, dryRun: boolean): string {
  return JSON.stringify({
    dryRun,
    migrations,
    searchAttributes: attributes.ready
      ? { registered: attributes.registered, message: null }
      : { registered: [], message: attributes.sentence },
    schedules: schedules.map(({ connection, change, differences, next, paused }) => ({
      ...{ connection, change, differences, nextRun: next?.toISOString() ?? null, paused },
    })),
    warnings,
  });
}
