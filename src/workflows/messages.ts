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

/** Signals and queries that every sync workflow answers; their names are part of the product's contract. */
export const progressQuery = defineQuery<Progress>('progress');
export const forceResyncSignal = defineSignal<[ForceResync?]>('forceResync');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const approveDeletesSignal = defineSignal<[ApproveDeletes]>('approveDeletes');
/** A schedule was due while the run was under way: a parked run tries again, any other ignores it. */
export const tickSignal = defineSignal('tick');
