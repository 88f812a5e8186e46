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
  /** So many results that one step loads several of them. */
  readonly many: boolean;
}

/** Each of so many has steps of its own in the Web UI; of more nobody could read them. */
const mostSteps = 100;

export function planOf(stream: string): ExportPlan {
  const nothing = { absent: false, again: false, rewrite: false, many: false };
  return { stream, state: 'waiting', looked: false, left: 0, taken: 0, ...nothing };
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
  const state = left > 0 ? 'reading' : 'done';
  return { ...plan, state, looked: true, again: false, left, taken: 0, many: left > mostSteps };
}

/** So many are still left: the others are loaded or given up. */
export function taken(plan: ExportPlan, left: number): ExportPlan {
  return { ...plan, left, taken: plan.taken + plan.left - left, state: left > 0 ? plan.state : 'done' };
}
