import type { ElementCounts, Receipt, ResultCounts, StreamCounts } from '../receipt.ts';

/** Spelled out, because keys and order are part of the contract: people compare documents as text. */
function exactCounts(counts: StreamCounts): StreamCounts {
  return {
    total: counts.total,
    fetched: counts.fetched,
    created: counts.created,
    updated: counts.updated,
    unchanged: counts.unchanged,
    deleted: counts.deleted,
    quarantined: counts.quarantined,
    orphans: counts.orphans,
    pages: counts.pages,
    requests: counts.requests,
    retries: counts.retries,
    bytes: counts.bytes,
    seconds: counts.seconds,
    asOf: counts.asOf,
    ...(counts.results === undefined ? {} : { results: exactResults(counts.results) }),
    ...(counts.elements === undefined ? {} : { elements: exactElements(counts.elements) }),
  };
}

function exactResults({ found, loaded, expired, skipped, left }: ResultCounts): ResultCounts {
  return { found, loaded, expired, skipped, left };
}

function exactElements({ unknown, left, vanished }: ElementCounts): ElementCounts {
  return { unknown, left, vanished };
}

/** A receipt with exactly the documented keys: a `Progress` or a later server's receipt may carry more. */
export function exactReceipt(receipt: Receipt): Receipt {
  const streams = Object.entries(receipt.streams).map(([name, counts]) => [name, exactCounts(counts)] as const);
  return {
    connection: receipt.connection,
    system: receipt.system,
    runId: receipt.runId,
    status: receipt.status,
    streams: Object.fromEntries(streams),
    reasons: [...receipt.reasons],
    ...(receipt.late === undefined ? {} : { late: { dueAt: receipt.late.dueAt, seconds: receipt.late.seconds } }),
  };
}

/** The one document that `--json` prints: `{"runs":[…]}`, on one line. */
export function runsDocument(receipts: readonly Receipt[]): string {
  return JSON.stringify({ runs: receipts.map(exactReceipt) });
}

const exitCodes = { completed: 0, partial: 3, parked: 3, failed: 1, cancelled: 1 } as const;

/**
 * What the shell is told: 0 everything completed; 1 a run failed or was cancelled; 3 nothing failed, but a run is partial
 * or parked. 1 wins over 3.
 */
export function exitCode(receipts: readonly Receipt[]): 0 | 1 | 3 {
  const codes = receipts.map((receipt) => exitCodes[receipt.status]);
  if (codes.includes(1)) return 1;
  return codes.includes(3) ? 3 : 0;
}
