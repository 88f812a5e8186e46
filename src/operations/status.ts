import type { Schedule } from '../config/schedule.ts';
import type { Receipt, RunStatus, System } from '../receipt.ts';
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
  freshness: { asOf: string; ageSeconds: number; stream: string } | null;
  schedule: { text: string | null; nextRun: string | null; paused: boolean } | null;
  /** Why it is not as it should be, and what a person should know. */
  reasons: string[];
  /** Commands that help, most useful first. */
  type: string[];
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
  return { ...status, reasons: reasonsOf(facts, status), type: commandsFor(facts, state) };
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
  const [oldest] = streams
    .map((stream) => ({ stream, asOf: asOf[stream] ?? '' }))
    .toSorted((a, b) => a.asOf.localeCompare(b.asOf));
  if (oldest === undefined) return null;
  const age = (now.getTime() - Date.parse(oldest.asOf)) / 1000;
  return { ...oldest, ageSeconds: Math.max(0, Math.round(age)) };
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

function hasReceipt({ lastRun, lastReceipt }: KnownConnection): boolean {
  return lastReceipt?.receipt.runId === lastRun.runId;
}

function commandsFor({ connection, configured, known, view }: Facts, state: ConnectionState): string[] {
  const command = (verb: string) => `incentive-sync ${verb} ${connection}`;
  const worker = view?.run && view.run.progress === null ? ['incentive-sync worker'] : [];
  if (state === 'paused') return [...worker, command('resume'), command('cancel')];
  if (state === 'parked') {
    const go = view?.run?.progress?.approval ? 'approve-deletes' : 'resume';
    return [...worker, command(go), command('cancel')];
  }
  if (state === 'running') return [...worker, ...(configured ? [`${command('sync')} --watch`] : [])];
  if (configured === null) return [command('connection purge')];
  const last = known?.lastReceipt?.receipt.status;
  return last === 'completed' && known !== null && hasReceipt(known) ? [] : [command('sync')];
}
