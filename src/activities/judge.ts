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
  const shortcomings = streams.flatMap((stream) => stream.shortcomings);
  const remarks = streams.flatMap((stream) => stream.remarks);
  const reasons = [...gathered, ...shortcomings, ...remarks];
  if (outcome !== 'ended') return { status: outcome, reasons };
  return { status: shortcomings.length > 0 ? 'partial' : 'completed', reasons };
}
