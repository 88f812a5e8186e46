import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Progress } from '../receipt.ts';

export interface ForceResync {
  /** Only these streams; all of the run's when left out. */
  streams?: string[];
  /** Shown in the receipt. */
  reason?: string;
}

export interface ApproveDeletes {
  /** Names the list of rows that was shown; `incentive-sync approve-deletes` prints it. */
  digest: string;
}

/**
 * What a person typed for `forceResync`, in the terminal or in the Web UI; null where it is not understood. A handler that
 * threw would hold the workflow up for ever.
 */
export function readForceResync(input: unknown): ForceResync | null {
  if (input === undefined || input === null || input === '') return {};
  if (typeof input !== 'object') return null;
  const { streams, reason }: { streams?: unknown; reason?: unknown } = input;
  if (streams !== undefined && streams !== null && !isTexts(streams)) return null;
  return { ...(isTexts(streams) ? { streams } : {}), ...(typeof reason === 'string' ? { reason } : {}) };
}

/** The digest that a person typed for `approveDeletes`, alone or as documented; null where there is none. */
export function readApproval(input: unknown): string | null {
  if (typeof input === 'string') return input;
  const digest = typeof input === 'object' && input !== null && 'digest' in input ? input.digest : null;
  return typeof digest === 'string' ? digest : null;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

/** Signals and queries that every sync workflow answers; their names are part of the product's contract. */
export const progressQuery = defineQuery<Progress>('progress');
export const forceResyncSignal = defineSignal<[ForceResync?]>('forceResync');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const approveDeletesSignal = defineSignal<[ApproveDeletes]>('approveDeletes');
/** Lets a push go on that waits for a person: it is large, its journal is behind, or nothing was ever accepted. */
export const approvePushSignal = defineSignal('approvePush');
/** There is something to tell a channel: what waits for its next attempt goes on waiting. */
export const wakeSignal = defineSignal('wake');
/** A schedule was due while the run was under way: a parked run tries again, any other ignores it. */
export const tickSignal = defineSignal('tick');
/**
 * Comes before the cancellation by a schedule whose overlap is cancel_other, so that the receipt says who it was. Names the
 * run that is meant: it may have ended, and the next one have begun.
 */
export const cancelledByScheduleSignal = defineSignal<[string]>('cancelledBySchedule');
