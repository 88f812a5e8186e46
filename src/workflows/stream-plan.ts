import type { PassAgain } from '../causes.ts';
import { incompleteReason, type PassFindings, type Rules } from '../rules.ts';
import type { PassMissing } from '../store/settle.ts';

/** Rows to be marked as deleted, named by their digest. */
export interface Sweep {
  digest: string;
  count: number;
  live: number;
  /** Few enough to need nobody's approval, or approved. */
  approved: boolean;
}

/** Where a run stands with one stream. Plain data: it is carried over when the run continues as new. */
export interface StreamPlan {
  readonly stream: string;
  readonly state: 'waiting' | 'reading' | 'read' | 'settled';
  /** From 1; a new pass begins at page 1. */
  readonly pass: number;
  /** False while it is certain that this pass has stored no page. */
  readonly begun: boolean;
  /** Pages of the stream that were stored, as far as known, when this pass asked for its first. */
  readonly pagesBefore: number;
  /** Passes that were repeated because the one before did not add up. */
  readonly rereads: number;
  /** This pass is read only to confirm what the one before missed. */
  readonly confirming: boolean;
  /** Rows that have not changed are written as well. */
  readonly rewrite: boolean;
  /** Why this pass is read although there was one before; null where there was none. */
  readonly again: PassAgain | null;
  /** Why the stream is not complete, in words; null where it is. */
  readonly incomplete: string | null;
  /** ISO 8601: everything that the source had then is stored; null until a pass was complete. */
  readonly asOf: string | null;
  readonly sweep: Sweep | null;
  /** Of the newest pass that was read to its end. */
  readonly findings: PassFindings | null;
  /** Live rows that the newest complete pass did not show and that are not to be marked as deleted, or not yet. */
  readonly left: number;
}

const mostRereads = 2;
const few = 10;

export function planOf(stream: string): StreamPlan {
  return {
    stream,
    state: 'waiting',
    pass: 1,
    begun: false,
    pagesBefore: 0,
    rereads: 0,
    confirming: false,
    rewrite: false,
    again: null,
    incomplete: null,
    asOf: null,
    sweep: null,
    findings: null,
    left: 0,
  };
}

export function tooManyPutAside({ distinct, anonymous, putAside }: PassFindings, rules: Rules): boolean {
  const seen = distinct + anonymous;
  if (putAside > 0 && putAside >= seen) return true;
  return putAside > few && putAside > (seen * rules.maxQuarantinePercent) / 100;
}

function nextPass(plan: StreamPlan, change: Partial<StreamPlan> & { again: PassAgain }): StreamPlan {
  return { ...plan, ...change, state: 'reading', pass: plan.pass + 1, begun: false };
}

/** What follows a pass that was read to its end, given the rows it did not show. */
export function afterPass(plan: StreamPlan, findings: PassFindings, missing: PassMissing, rules: Rules): StreamPlan {
  const counted = { ...plan, findings };
  const incomplete = incompleteReason(findings);
  if (incomplete !== null) return afterIncomplete(counted, incomplete);
  if (findings.total === null) return { ...counted, state: 'settled', incomplete: uncountable(plan.stream, findings) };
  if (tooManyPutAside(findings, rules)) return { ...counted, state: 'settled' };
  return afterComplete({ ...counted, asOf: findings.startedAt, left: missing.unseen }, missing, rules);
}

/** Another pass, or the admission that none added up. */
function afterIncomplete(plan: StreamPlan, reason: string): StreamPlan {
  if (plan.rereads < mostRereads) {
    return nextPass(plan, { rereads: plan.rereads + 1, again: { kind: 'page-shift', why: reason } });
  }
  const often = `${plan.stream}: ${reason}, in ${plan.rereads + 1} passes; it keeps changing while it is read, or tells its counts wrongly`;
  return {
    ...plan,
    state: 'settled',
    incomplete: `${often}. Nothing was marked as deleted. Sync again at a quieter time.`,
  };
}

/** Reading again would tell no more. */
function uncountable(stream: string, { distinct, anonymous }: PassFindings): string {
  return `${stream}: the source does not say how many there are, so nobody can tell whether ${distinct + anonymous} are all. Nothing was marked as deleted. Report it to the vendor.`;
}

function afterComplete(plan: StreamPlan, missing: PassMissing, rules: Rules): StreamPlan {
  const done = { ...plan, state: 'settled' } as const;
  if (rules.confirmDeletes === 'off' || (plan.findings?.anonymous ?? 0) > 0) return done;
  const unconfirmed = missing.missing > missing.confirmed;
  if (unconfirmed && rules.confirmDeletes === 'now' && !plan.confirming) {
    return nextPass(plan, { confirming: true, again: { kind: 'second-look', why: null } });
  }
  if (missing.confirmed === 0) return done;
  const { digest, confirmed: count, live } = missing;
  const sweep = { digest, count, live, approved: !pullsBrake(count, live, rules) };
  return { ...done, sweep, left: missing.unseen - count };
}

function pullsBrake(count: number, live: number, { maxDeletePercent }: Rules): boolean {
  return count > few && count > (live * maxDeletePercent) / 100;
}

/** A forced resync: a pass that has stored nothing goes on, with rewriting; any other begins again at page 1. */
export function forced(plan: StreamPlan): StreamPlan {
  const again = { kind: 'resync', why: null } as const;
  const anew = { rewrite: true, rereads: 0, confirming: false, incomplete: null, sweep: null, left: 0, again };
  return plan.begun ? nextPass(plan, anew) : { ...plan, ...anew };
}

/** Asks for the pass's next pages. */
export function asking(plan: StreamPlan, pagesSoFar: number): StreamPlan {
  return { ...plan, state: 'reading', begun: true, pagesBefore: plan.begun ? plan.pagesBefore : pagesSoFar };
}

/** What has come of it. The count is the store's, so where it has not grown the pass has stored nothing. */
export function advanced(plan: StreamPlan, done: boolean, pagesNow: number): StreamPlan {
  return { ...plan, state: done ? 'read' : plan.state, begun: done || pagesNow > plan.pagesBefore };
}
