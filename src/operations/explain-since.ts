import type { PastRun, PastTick } from '../store/past-runs.ts';
import { often } from '../words.ts';
import type { ExplainFacts } from './explain.ts';
import { moment } from './explain-late.ts';

/** What has happened since a run began, or at all: other runs, ticks that began none, the schedule. */
export function sinceThen(facts: ExplainFacts, run: PastRun | null): string[] {
  return [
    ...laterRuns(facts),
    ...skippedTicks(facts, run),
    ...(facts.configured
      ? schedule(facts)
      : [`The configuration does not name ${facts.connection} any more: nothing syncs it.`]),
    ...(facts.temporal === null ? ['Temporal does not answer, so this is what the database knows.'] : []),
  ];
}

function laterRuns({ later }: ExplainFacts): string[] {
  if (later === null) return [];
  const { runs, newest } = later;
  const came = runs === 1 ? '1 run came' : `${runs} runs came`;
  return [`${came} after it; the newest (${newest.unique}) is ${newest.status}.`];
}

/** Of each outcome how often, and the newest's own words. */
function skippedTicks({ ticks }: ExplainFacts, run: PastRun | null): string[] {
  const after = ticks.filter(({ dueAt, outcome }) => outcome !== 'started' && dueAt >= beginning(run));
  const outcomes = [...new Set(after.map(({ outcome }) => outcome))];
  return outcomes.flatMap((outcome) => {
    const own = after.filter((tick) => tick.outcome === outcome);
    const newest = own.at(-1);
    return newest === undefined ? [] : [tickSentence(own.length, newest)];
  });
}

const beginning = (run: PastRun | null): string => (run === null ? '' : (run.dueAt ?? run.startedAt));

const came: Readonly<Record<string, string>> = {
  skipped: 'it was skipped',
  served: 'a run that began later had read what it wanted',
  waiting: 'it waits for the end of the run under way',
  cancelled: 'it was cancelled',
};

function tickSentence(times: number, { dueAt, outcome, why }: PastTick): string {
  const last = times === 1 ? `at ${moment(dueAt)}` : `the last time at ${moment(dueAt)}`;
  const reason = why === null ? '' : `: ${why.replace(/\.$/, '')}`;
  return `Its schedule was due ${often(times)} (${last}), and ${came[outcome] ?? outcome}${reason}.`;
}

function schedule({ temporal }: ExplainFacts): string[] {
  const known = temporal?.schedule;
  if (known == null) return [];
  const note = known.note === null || known.note === '' ? '' : ` (${known.note.replace(/\.$/, '')})`;
  if (known.paused) return [`Its schedule is paused${note}: nothing starts by itself.`];
  return known.next === null ? [] : [`Its next run by schedule: ${moment(known.next)}.`];
}
