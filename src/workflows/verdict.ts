import type { StreamVerdict } from '../activities/judge.ts';
import type { PassFindings, Rules } from '../rules.ts';
import { type StreamPlan, tooManyPutAside } from './stream-plan.ts';

/** What a run has to say of one stream when it ends. */
export function verdictOf(plan: StreamPlan, rules: Rules): StreamVerdict {
  const { stream, findings } = plan;
  const asOf = plan.state === 'settled' ? plan.asOf : null;
  if (findings === null) return { stream, complete: false, asOf, shortcomings: [], remarks: [] };
  const left = leftRows(plan, findings, rules);
  const undecided = plan.left > findings.anonymous && findings.anonymous > 0;
  return {
    stream,
    complete: plan.state === 'settled' && plan.incomplete === null,
    asOf,
    shortcomings: [
      ...(plan.incomplete === null ? [] : [plan.incomplete]),
      ...tooMany(stream, findings, rules),
      ...(undecided ? left : []),
    ],
    remarks: [...(undecided ? [] : left), ...putAside(stream, findings)],
  };
}

function tooMany(stream: string, findings: PassFindings, rules: Rules): string[] {
  if (!tooManyPutAside(findings, rules)) return [];
  const seen = findings.distinct + findings.anonymous;
  return [
    `${stream}: ${findings.putAside} of ${seen} records do not fit, more than maxQuarantinePercent (${rules.maxQuarantinePercent}) allows, so nothing was marked as deleted.`,
  ];
}

/** Rows that stay although the source did not show them: a person has to know why. */
function leftRows({ stream, left }: StreamPlan, { anonymous }: PassFindings, { confirmDeletes }: Rules): string[] {
  if (left === 0) return [];
  const rows = `${stream}: ${left === 1 ? '1 row was' : `${left} rows were`} not shown by the source`;
  if (confirmDeletes === 'off') return [`${rows}, and kept, because confirmDeletes is off.`];
  if (anonymous > 0) {
    return [`${rows}, but ${anonymous} of its records told no id and may be these, so nothing was marked as deleted.`];
  }
  return [`${rows} for the first time; those that the next run does not see either are marked as deleted.`];
}

function putAside(stream: string, { putAside: count }: PassFindings): string[] {
  if (count === 0) return [];
  const records = count === 1 ? '1 record was' : `${count} records were`;
  return [`${stream}: ${records} put aside; see table sync.quarantine for which and why.`];
}
