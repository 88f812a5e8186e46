import type { Schedule } from '../config/schedule.ts';
import { agesByItself, type Receipt, type RunStatus, type System } from '../receipt.ts';
import type { KnownConnection } from '../store/overview.ts';
import { exactReceipt } from './json.ts';
import type { TemporalView } from './overview.ts';
import { scheduleInWords } from './schedule-definition.ts';
import { pausedInWords } from './schedule-notes.ts';

export type ConnectionState = 'running' | 'paused' | 'parked' | 'idle' | 'never-run';

/** One connection in the document of `status`. Times are ISO 8601. */
export interface ConnectionStatus {
  connection: string;
  system: System;
  /** False where the configuration does not have it any more. */
  configured: boolean;
  state: ConnectionState;
  /** Under way; null where nothing is. */
  run: { runId: string; waiting: string | null; answered: boolean } | null;
  /** The newest that has ended; null where none has. */
  lastRun: { runId: string; status: RunStatus; finishedAt: string; seconds: number; receipt: Receipt } | null;
  /** Everything that the source had at `asOf` is stored, in every stream; null where a stream never added up. */
  freshness: Freshness | null;
  schedule: { text: string | null; nextRun: string | null; paused: boolean } | null;
  /** Why it is not as it should be, and what a person should know. */
  reasons: string[];
  /** Commands that help, most useful first. */
  type: string[];
}

export interface Freshness {
  asOf: string;
  ageSeconds: number;
  stream: string;
  /**
   * How old it may be: what the alert `stale` says, else twice the time between two runs of a source that is read as it is
   * now; null where neither tells.
   */
  limitSeconds: number | null;
  /** Some stream is older than it may be. */
  stale: boolean;
}

export interface Facts {
  connection: string;
  system: System;
  /** Null where the configuration does not have it. */
  configured: { streams: readonly string[] | undefined; schedule?: Schedule | undefined } | null;
  /** What the database knows; null where it never ran. */
  known: KnownConnection | null;
  /** What Temporal knows; null while it does not answer. */
  view: TemporalView | null;
  /** Milliseconds that a stream may be old, as an alert says; null where none does. */
  freshWithin?: ((stream: string) => number | null) | undefined;
}

export function statusOf(facts: Facts, now: Date): ConnectionStatus {
  const { connection, system, configured, known } = facts;
  const state = stateOf(facts);
  const status = {
    connection,
    system,
    configured: configured !== null,
    state,
    run: runOf(facts),
    lastRun: lastRunOf(known),
    freshness: freshnessOf(facts, now),
    schedule: scheduleOf(facts),
  };
  const reasons = [...reasonsOf(facts, status), ...staleReasons(facts, now)];
  return { ...status, reasons, type: commandsFor(facts, state, status.freshness) };
}

/** Without Temporal, what the runs have noted of themselves. */
function stateOf({ known, view }: Facts): ConnectionState {
  const status = view === null ? notedStatus(known) : (view.run?.status ?? (view.run ? notedStatus(known) : null));
  if (status === 'paused' || status === 'parked') return status;
  if (view === null ? status === 'running' : view.run !== null) return 'running';
  return known === null ? 'never-run' : 'idle';
}

function notedStatus(known: KnownConnection | null): string | null {
  return known === null || known.lastRun.finishedAt !== null ? null : known.lastRun.status;
}

function runOf({ known, view }: Facts): ConnectionStatus['run'] {
  if (view?.run) return { runId: view.run.id, waiting: view.run.waiting, answered: view.run.progress !== null };
  if (view !== null || notedStatus(known) === null || known === null) return null;
  return { runId: known.lastRun.runId, waiting: null, answered: false };
}

function lastRunOf(known: KnownConnection | null): ConnectionStatus['lastRun'] {
  if (!known?.lastReceipt) return null;
  const { receipt, finishedAt, seconds } = known.lastReceipt;
  return { runId: receipt.runId, status: receipt.status, finishedAt, seconds, receipt: exactReceipt(receipt) };
}

/** A connection is as fresh as its oldest stream. */
function freshnessOf(facts: Facts, now: Date): ConnectionStatus['freshness'] {
  const asOf = facts.known?.asOf ?? {};
  const streams = streamsOf(facts);
  if (streams.length === 0 || streams.some((stream) => asOf[stream] === undefined)) return null;
  const [oldest] = ages(facts, now).toSorted((a, b) => a.asOf.localeCompare(b.asOf));
  return oldest === undefined ? null : { ...oldest, stale: staleStreams(facts, now).length > 0 };
}

type Age = Omit<Freshness, 'stale'>;

/** Streams that never added up are missing. */
function ages(facts: Facts, now: Date): Age[] {
  return streamsOf(facts).flatMap((stream) => {
    const asOf = facts.known?.asOf[stream];
    if (asOf === undefined) return [];
    const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(asOf)) / 1000));
    return [{ stream, asOf, ageSeconds, limitSeconds: limitOf(facts, stream) }];
  });
}

function staleStreams(facts: Facts, now: Date): (Age & { limitSeconds: number })[] {
  return ages(facts, now).filter(
    (age): age is Age & { limitSeconds: number } => age.limitSeconds !== null && age.ageSeconds > age.limitSeconds,
  );
}

function limitOf(facts: Facts, stream: string): number | null {
  const { freshWithin, configured, view } = facts;
  const told = freshWithin?.(stream) ?? null;
  if (told !== null) return told / 1000;
  if (agesByItself(facts.system)) return null;
  const schedule = configured?.schedule;
  const interval = schedule?.kind === 'every' ? schedule.everyMs : (view?.schedule?.intervalMs ?? null);
  return configured === null || interval === null ? null : (2 * interval) / 1000;
}

/** `40 s`, `5 min`, `3 h`, `2 d`: one unit, for what is only to be compared. */
export function inShort(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 36 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** An export that the vendor has never run has nothing that could be old. */
function streamsOf({ configured, known }: Facts): readonly string[] {
  const listed = known !== null && known.exports.length > 0 ? known.exports : Object.keys(known?.asOf ?? {});
  const told = known?.lastReceipt?.receipt.streams ?? {};
  return (configured?.streams ?? listed).filter((stream) => told[stream]?.results?.found !== 0);
}

function scheduleOf({ configured, view }: Facts): ConnectionStatus['schedule'] {
  const wanted = configured?.schedule;
  if (!wanted && !view?.schedule) return null;
  return {
    text: wanted ? scheduleInWords(wanted) : null,
    nextRun: view?.schedule?.next?.toISOString() ?? null,
    paused: view?.schedule?.paused ?? false,
  };
}

type Judged = Pick<ConnectionStatus, 'state' | 'run' | 'lastRun' | 'schedule' | 'configured' | 'connection'>;

function reasonsOf(
  { view, known }: Facts,
  { state, run, lastRun, schedule, configured, connection }: Judged,
): string[] {
  const reasons: string[] = [];
  if (!configured) reasons.push('The configuration does not have it any more: its rows stay, and nothing syncs it.');
  if (!configured && schedule) reasons.push('`incentive-sync apply` removes its schedule.');
  if (view?.foreign) reasons.push(view.foreign);
  if (view?.run) reasons.push(...(view.run.progress?.reasons ?? []));
  else if (lastRun) reasons.push(...lastRun.receipt.reasons);
  if (view?.run && run?.answered === false) {
    reasons.push('No worker answers; the run goes on when one does.');
  }
  if (state === 'idle' && known && !hasReceipt(known)) {
    reasons.push(`Its last run, ${known.lastRun.runId}, ended without a receipt: it was terminated.`);
  }
  if (schedule?.paused) {
    reasons.push(pausedInWords(connection, view?.schedule?.note ?? ''));
  } else if (view && configured && schedule?.text && !view.schedule) {
    reasons.push('Its schedule is not there yet: `incentive-sync apply` makes it.');
  }
  return [...new Set(reasons)];
}

/** One sentence however many streams there are: they mostly share a cause. */
function staleReasons(facts: Facts, now: Date): string[] {
  const [oldest, ...others] = staleStreams(facts, now).toSorted((a, b) => b.ageSeconds - a.ageSeconds);
  if (oldest === undefined) return [];
  const { stream, ageSeconds, limitSeconds } = oldest;
  const more =
    others.length === 0 ? '' : others.length === 1 ? ', and so is one more' : `, and so are ${others.length} more`;
  return [
    `${stream} is as it was ${inShort(ageSeconds)} ago, which is too old (at most ${inShort(limitSeconds)})${more}.`,
  ];
}

function hasReceipt({ lastRun, lastReceipt }: KnownConnection): boolean {
  return lastReceipt?.receipt.runId === lastRun.runId;
}

function commandsFor(
  { connection, configured, known, view }: Facts,
  state: ConnectionState,
  freshness: Freshness | null,
): string[] {
  const command = (verb: string) => `incentive-sync ${verb} ${connection}`;
  const worker = view?.run && view.run.progress === null ? ['incentive-sync worker'] : [];
  if (state === 'paused') return [...worker, command('resume'), command('cancel')];
  if (state === 'parked') {
    const go = view?.run?.progress?.approval ? 'approve-deletes' : 'resume';
    return [...worker, command(go), command('cancel')];
  }
  if (state === 'running') return [...worker, ...(configured ? [`${command('sync')} --watch`] : [])];
  if (configured === null) return [command('connection purge')];
  const unpause = view?.schedule?.paused === true ? [command('schedule resume')] : [];
  const last = known?.lastReceipt?.receipt.status;
  return last === 'completed' && freshness?.stale !== true && known !== null && hasReceipt(known)
    ? unpause
    : [command('sync'), ...unpause];
}
