import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../receipt.ts';
import { searchAttributeNames } from '../workflows/names.ts';
import type { Run } from './runs.ts';
import { askProgress } from './watch.ts';

/** `progress` is null while no worker answers; `status` then is what Temporal was told last, or null. */
export interface Situation {
  status: Progress['status'] | null;
  progress: Progress | null;
}

const statuses: readonly string[] = ['running', 'paused', 'parked', 'completed', 'partial', 'failed', 'cancelled'];

/** Asks the run itself, then Temporal. Works without a worker. */
export async function situationOf(run: Run, withinMs = 3000): Promise<Situation> {
  // Where Temporal itself is away, the next call says so.
  const progress = await askProgress(run, withinMs).catch(() => null);
  if (progress !== null) return { status: progress.status, progress };
  const { searchAttributes } = await run.handle.describe();
  const [told] = searchAttributes[searchAttributeNames.status] ?? [];
  return { status: isStatus(told) ? told : null, progress: null };
}

function isStatus(value: unknown): value is Progress['status'] {
  return typeof value === 'string' && statuses.includes(value);
}

/** Looks at the run until it is as wanted; gives its newest progress, or null where nobody has answered in time. */
export async function untilProgress(
  run: Run,
  wanted: (progress: Progress) => boolean,
  withinMs: number,
  signal: AbortSignal,
): Promise<Progress | null> {
  const until = Date.now() + withinMs;
  let last: Progress | null = null;
  do {
    last = await askProgress(run, 3000).catch(() => null);
    if (last !== null && wanted(last)) return last;
    await sleep(200, undefined, { signal });
  } while (Date.now() < until);
  return last;
}
