import type { RunStatus, StreamCounts } from '../receipt.ts';

/** What is known of a stream that was read to its end. */
export interface StreamFindings {
  counts: StreamCounts;
  /** Different ids that the pass has seen. */
  distinct: number;
  /** Records put aside that told no id. */
  anonymous: number;
}

export interface Verdict {
  status: RunStatus;
  reasons: string[];
}

const quarantineShare = 0.01;
const quarantineFew = 10;

/**
 * The one place where a run's status is decided. A stream is complete when the different ids that were seen and the
 * records without an id add up to the source's own total; anything else is `partial`, never a success.
 */
export function judge(
  outcome: 'ended' | 'failed' | 'cancelled',
  streams: Record<string, StreamFindings>,
  gathered: readonly string[],
): Verdict {
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
}
