import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration } from '../config/duration.ts';
import { ConfigurationError } from '../errors.ts';
import { backfillSchedule, dueTimes, type TimeRange } from '../operations/schedule-backfill.ts';
import { type StartedTick, type TickState, tickState, triggerSchedule } from '../operations/schedule-trigger.ts';
import { count, moment } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { tickOutcome } from '../store/recent-runs.ts';
import { scheduleId } from '../workflows/names.ts';
import type { Outcome } from './control.ts';
import type { BackfillOptions } from './schedule.ts';
import { type ScheduleSite, withSchedule } from './schedule-site.ts';
import { CommandError, type CommonOptions, exitCodes } from './shared.ts';

const patienceMs = 8000;

/** Lets a schedule be due now, and says what became of it as far as that is known within seconds. */
export function trigger(name: string, options: CommonOptions, screen: Screen): Promise<never> {
  return withSchedule(name, options, screen, async (site) => {
    const started = await triggerSchedule(site.handle, site.description, patienceMs, site.signal);
    if (started === null) {
      throw new CommandError(
        `Temporal has taken note that ${name} is to run, and has not begun within ${patienceMs / 1000} s. \`incentive-sync status\` says how it goes on.`,
      );
    }
    const state = await settled(site, started);
    const message = sentenceOf(name, state);
    const document = JSON.stringify({ connection: name, ...started, outcome: state.outcome, message });
    return { code: exitCodes.ok, sentence: message, document };
  });
}

type Settled = Omit<TickState, 'outcome'> & { outcome: string; why?: string | null };

async function settled(site: ScheduleSite, started: StartedTick): Promise<Settled> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const noted = await tickOutcome(site.store.sql, started.runId);
    const state = noted ?? (await tickState(site.client, started));
    if (state.outcome !== 'waiting' || noted !== null || Date.now() > until) return state;
    await sleep(200, undefined, { signal: site.signal });
  }
}

function sentenceOf(name: string, { outcome, why }: Settled): string {
  const watch = '`incentive-sync status` says how it goes.';
  if (outcome === 'started') {
    return [why ?? `A run of ${name} has begun, as if it were due.`, watch].join(' ');
  }
  if (outcome === 'waiting') {
    return why ?? `No worker has taken it yet (\`incentive-sync worker\` starts one); it waits. ${watch}`;
  }
  return `No run of its own: ${why ?? 'one that is under way serves it too.'} ${watch}`;
}

const most = 100;

/** Lets what was due in a range be due now. */
export function backfill(name: string, options: BackfillOptions, screen: Screen): Promise<never> {
  const range = rangeOf(options, new Date());
  return withSchedule(name, options, screen, async ({ client, handle, schedule }) => {
    const times = await dueTimes(client, scheduleId(name), range);
    if (times.length > most) throw tooMany(name, times.length);
    if (times.length > 0) await backfillSchedule(handle, range);
    return backfilled(name, range, times, schedule?.overlap ?? 'skip');
  });
}

function tooMany(name: string, times: number): ConfigurationError {
  return new ConfigurationError(
    `${name} was due ${times >= 1000 ? 'a thousand times or more' : `${count(times)} times`} in that range; at most ${most} go at once. Name a shorter range; to have the data, \`incentive-sync sync ${name}\` is enough, which reads all there is.`,
  );
}

function backfilled(name: string, { from, to }: TimeRange, times: readonly Date[], overlap: string): Outcome {
  const range = `between ${moment(from)} and ${moment(to)}`;
  const message =
    times.length === 0
      ? `${name} was not due ${range}, so nothing was started.`
      : `${name} was due ${times.length === 1 ? 'once' : `${times.length} times`} ${range}, and is so now: ${whatThen(times.length, overlap)}. \`incentive-sync status\` says how it goes.`;
  const document = JSON.stringify({
    ...{ connection: name, from: from.toISOString(), to: to.toISOString() },
    ...{ times: times.map((time) => time.toISOString()), message },
  });
  return { code: exitCodes.ok, sentence: message, document };
}

function whatThen(times: number, overlap: string): string {
  const rule = `\`overlap: ${overlap}\` decides`;
  return times === 1
    ? `a run begins, or where one is under way ${rule}`
    : `the first begins a run where none is under way, and ${rule} of the others`;
}

function rangeOf({ from, to }: BackfillOptions, now: Date): TimeRange {
  const range = { from: timeOf('--from', from, now), to: to === undefined ? now : timeOf('--to', to, now) };
  if (range.to > now)
    throw new ConfigurationError('The range ends in the future: what is not due yet cannot be made up for.');
  if (range.from >= range.to)
    throw new ConfigurationError('The range ends before it begins: --from has to be earlier than --to.');
  return range;
}

const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;

function timeOf(option: string, text: string, now: Date): Date {
  const ago = parseDuration(text);
  if (ago !== undefined) return new Date(now.getTime() - ago);
  // JavaScript takes a day alone for one in UTC, and a time without a zone for one here.
  const at = isoTime.test(text) ? new Date(text.includes('T') ? text : `${text}T00:00`) : null;
  if (at !== null && !Number.isNaN(at.getTime())) return at;
  throw new ConfigurationError(
    `${option} is no time: write one like 2026-03-01T06:00Z, or how long ago, like 30m, 2h or 1d.`,
  );
}
