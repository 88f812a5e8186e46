import type { StreamVerdict } from '../activities/judge.ts';
import type { Rules } from '../rules.ts';
import { type StreamPlan, tooManyPutAside } from './stream-plan.ts';

/** What a run has to say of one stream when it ends. */
export function verdictOf(plan: StreamPlan, rules: Rules): StreamVerdict {
  const { stream, incomplete, findings } = plan;
  const asOf = plan.state === 'settled' ? plan.asOf : null;
  const shortcomings = [
    ...(incomplete === null ? [] : [incomplete]),
    ...(findings !== null && tooManyPutAside(findings, rules) ? [tooManyReason(plan)] : []),
  ];
  return { stream, complete: asOf !== null, asOf, shortcomings, remarks: [...unknownTotal(plan), ...putAside(plan)] };

  function tooManyReason(of: StreamPlan): string {
    return `${of.stream}: too many records do not fit, so nothing was marked as deleted.`;
  }
}

function unknownTotal({ stream, findings }: StreamPlan): string[] {
  if (findings === null || findings.total !== null) return [];
  return [
    `${stream}: the source does not say how many there are, so completeness cannot be checked and nothing is marked as deleted.`,
  ];
}

function putAside({ stream, findings }: StreamPlan): string[] {
  const count = findings?.putAside ?? 0;
  if (count === 0) return [];
  const records = count === 1 ? '1 record was' : `${count} records were`;
  return [`${stream}: ${records} put aside; see table sync.quarantine for which and why.`];
}
