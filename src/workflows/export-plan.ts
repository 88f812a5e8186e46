import type { FoundResults } from '../activities/find-results.ts';

/** Where a run stands with one export. Plain data: it is carried over when the run continues as new. */
export interface ExportPlan {
  readonly stream: string;
  readonly state: 'waiting' | 'reading' | 'done';
  /** The vendor's list of results is in the ledger. */
  readonly looked: boolean;
  /** Results that are still to be loaded; 0 before the look. */
  readonly left: number;
  /** Results that were loaded, or given up, since the look. */
  readonly taken: number;
  /** It was asked for by name, and the account does not have it. */
  readonly absent: boolean;
  /** A forced resync: the next look marks every result as not loaded. */
  readonly again: boolean;
  /** Rows that have not changed are written as well. */
  readonly rewrite: boolean;
}

export function planOf(stream: string): ExportPlan {
  return { stream, state: 'waiting', looked: false, left: 0, taken: 0, absent: false, again: false, rewrite: false };
}

/** Nothing to be done, but to be said. */
export function absentPlan(stream: string): ExportPlan {
  return { ...planOf(stream), state: 'done', absent: true };
}

/** A forced resync: every result from the oldest on, without emptying a table. */
export function forced(plan: ExportPlan): ExportPlan {
  if (plan.absent) return plan;
  return { ...planOf(plan.stream), again: true, rewrite: true };
}

/** The vendor's list is in the ledger. */
export function looked(plan: ExportPlan, { left }: FoundResults): ExportPlan {
  return { ...plan, state: left > 0 ? 'reading' : 'done', looked: true, again: false, left, taken: 0 };
}

/** One result more is loaded or given up. */
export function taken(plan: ExportPlan): ExportPlan {
  const left = plan.left - 1;
  return { ...plan, left, taken: plan.taken + 1, state: left > 0 ? plan.state : 'done' };
}
