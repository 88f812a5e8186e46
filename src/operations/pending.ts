import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { emptyCounts, type FilePlace, type Progress, type StreamCounts } from '../receipt.ts';
import type { Run } from './runs.ts';

type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;
type Payloads = temporal.api.common.v1.IPayloads;

/** What a run's pending activities say of themselves, which the workflow only learns when they end. */
export interface Pending {
  /** The newest heartbeat of each stream that is being read. */
  beats: Beat[];
  /** Why nothing moves and when it goes on, in words; null while any attempt is under way. */
  waiting: string | null;
}

export interface Beat {
  stream: string;
  counts: StreamCounts;
  file?: FilePlace;
}

/** Asks Temporal, not the workers; null where the workflow id belongs to another run by now. */
export async function describePending(run: Run, now: () => number = Date.now): Promise<Pending | null> {
  const { raw } = await run.handle.describe();
  if (raw.workflowExecutionInfo?.firstRunId !== run.id) return null;
  const activities = raw.pendingActivities ?? [];
  const beats = await Promise.all(activities.map((activity) => beatOf(run.client, activity)));
  const waiting = activities.map((activity) => waitingSentence(activity, now()));
  return {
    beats: beats.filter((beat) => beat !== null),
    waiting: waiting.includes(null) ? null : (waiting[0] ?? null),
  };
}

/** A new attempt has no counts at first: what the one before told of its stream is still true. */
export function laterPending(before: Pending | null, { beats, waiting }: Pending): Pending {
  const known = (before?.beats ?? []).filter(({ stream }) => !beats.some((beat) => beat.stream === stream));
  return { beats: [...known, ...beats], waiting };
}

/** The run's progress with what its pending activities have told since, where that is ahead. */
export function withPending(progress: Progress, { beats, waiting }: Pending): Progress {
  if (progress.status !== 'running') return progress;
  return { ...progress, streams: newerStreams(progress, beats), waiting: progress.waiting ?? waiting };
}

function newerStreams({ streams }: Progress, beats: readonly Beat[]): Progress['streams'] {
  const newer = beats.filter(({ stream, counts }) => {
    const known = streams[stream];
    return known?.state === 'reading' && counts.bytes > known.bytes;
  });
  const entries = newer.map(({ stream, counts, file }) => [stream, { ...counts, state: 'reading', file }] as const);
  return { ...streams, ...Object.fromEntries(entries) };
}

async function beatOf(client: Client, { heartbeatDetails }: PendingActivity): Promise<Beat | null> {
  const details = await decodeFirst(client, heartbeatDetails);
  return isBeat(details) ? details : null;
}

async function decodeFirst(client: Client, encoded: Payloads | null | undefined): Promise<unknown> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let payloads = encoded?.payloads ?? [];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [first] = payloads;
  return first === undefined ? undefined : payloadConverter.fromPayload(first);
}

/** Heartbeats come from workers, which may be of another version. */
function isBeat(value: unknown): value is Beat {
  if (typeof value !== 'object' || value === null || !('stream' in value) || !('counts' in value)) return false;
  const { stream, counts } = value;
  const file = 'file' in value ? value.file : undefined;
  return typeof stream === 'string' && isObject(counts) && areCounts(counts) && (file === undefined || isPlace(file));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlace(value: unknown): value is FilePlace {
  if (!isObject(value) || !('bytes' in value) || !('length' in value) || !('rows' in value)) return false;
  const { bytes, length, rows } = value;
  return typeof bytes === 'number' && typeof rows === 'number' && (length === null || typeof length === 'number');
}

const mayBeNull: ReadonlySet<string> = new Set(['total', 'asOf'] satisfies (keyof StreamCounts)[]);

function areCounts(counts: object): boolean {
  const values = new Map<string, unknown>(Object.entries(counts));
  return Object.keys(emptyCounts).every(
    (key) => typeof values.get(key) === 'number' || (mayBeNull.has(key) && values.get(key) === null),
  );
}

/** Shorter waits are over before anybody has read of them. */
const worthTellingMs = 900;

function waitingSentence(activity: PendingActivity, now: number): string | null {
  const { lastFailure, lastAttemptCompleteTime, nextAttemptScheduleTime, attempt } = activity;
  const due = milliseconds(nextAttemptScheduleTime);
  // What is overdue waits for a worker, of which `watchRun` tells.
  if (!lastFailure?.message || due <= now || due - milliseconds(lastAttemptCompleteTime) < worthTellingMs) return null;
  const when = `tries again at ${clock(new Date(due), new Date(now))} (attempt ${attempt})`;
  return `${lastFailure.message.replace(/\.$/, '')}; ${when}`;
}

function milliseconds(at: PendingActivity['nextAttemptScheduleTime']): number {
  return Number(at?.seconds ?? 0) * 1000 + (at?.nanos ?? 0) / 1e6;
}

/** `22:14:05` on this machine's clock, with the date where that is not today. */
function clock(at: Date, now: Date): string {
  const [date, time] = at.toLocaleString('sv-SE').split(' ');
  return date === now.toLocaleDateString('sv-SE') ? `${time}` : `${date} ${time}`;
}
