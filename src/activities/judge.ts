import type { RunStatus } from '../receipt.ts';

/** What the workflow has found out about one stream. */
export interface StreamVerdict {
  stream: string;
  /** A pass added up. */
  complete: boolean;
  /** ISO 8601: everything that the source had then is stored; null where no pass was complete. */
  asOf: string | null;
  /** Sentences that make the run `partial`. */
  shortcomings: string[];
  /** Sentences that a person should know although they do not. */
  remarks: string[];
}

export interface Verdict {
  status: RunStatus;
  reasons: string[];
}

/** The one place where a run's status is decided: a run is `completed` only when nothing fell short. */
export function judge(
  outcome: 'ended' | 'failed' | 'cancelled',
  streams: readonly StreamVerdict[],
  gathered: readonly string[],
): Verdict {
<<<<<<< HEAD
  const shortcomings = streams.flatMap((stream) => stream.shortcomings);
  const remarks = streams.flatMap((stream) => stream.remarks);
  const reasons = [...gathered, ...shortcomings, ...remarks];
  if (outcome !== 'ended') return { status: outcome, reasons };
  return { status: shortcomings.length > 0 ? 'partial' : 'completed', reasons };
=======
  const quarantine = Object.entries(streams).flatMap(([stream, { counts }]) => quarantineReason(stream, counts));
  if (outcome !== 'ended') return { status: outcome, reasons: [...gathered, ...quarantine] };
  const missing = Object.entries(streams).flatMap(([stream, findings]) => incompleteReason(stream, findings));
  const tooMany = Object.values(streams).some(({ counts }) => tooManyQuarantined(counts));
  return {
    status: missing.length > 0 || tooMany ? 'partial' : 'completed',
    reasons: [...gathered, ...missing, ...quarantine],
  };
}

/** Whether what was seen adds up to the source's own total. */
export function isComplete({ counts, distinct, anonymous }: StreamFindings): boolean {
  return counts.total === distinct + anonymous;
}

function incompleteReason(stream: string, findings: StreamFindings): string[] {
  const { counts, distinct, anonymous } = findings;
  if (counts.pages === 0)
    return [`${stream}: it was read, but this database has no page of it. Give every worker the same DATABASE_URL.`];
  if (counts.total === null)
    return [`${stream}: the source does not say how many there are, so completeness cannot be checked.`];
  if (isComplete(findings)) return [];
  const seen = distinct + anonymous;
  const difference = `${stream}: the source says ${counts.total}, but ${seen} different records were seen`;
  return [`${difference}; it probably changed while it was read. Sync again.`];
}

function tooManyQuarantined({ quarantined, fetched }: StreamCounts): boolean {
  if (fetched > 0 && quarantined === fetched) return true;
  return quarantined > quarantineFew && quarantined > fetched * quarantineShare;
}

function quarantineReason(stream: string, counts: StreamCounts): string[] {
  if (counts.quarantined === 0) return [];
  const records = counts.quarantined === 1 ? '1 record was' : `${counts.quarantined} records were`;
  return [`${stream}: ${records} put aside; see table sync.quarantine for which and why.`];
>>>>>>> main
}
