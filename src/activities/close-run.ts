import type { Receipt, StreamCounts, System } from '../receipt.ts';
import { emptyCounts } from '../receipt.ts';
import { resolveGone } from '../store/quarantine.ts';
import { countOrphans, countSeen, countsOf, readCursor, closeRun as storeReceipt } from '../store/runs.ts';
import { recordTables } from '../store/tables.ts';
import { linksOf } from '../vendors/incentify/references.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { isComplete, judge, type StreamFindings } from './judge.ts';

export interface CloseRunInput {
  connection: string;
  system: System;
  runId: string;
  pass: number;
  streams: string[];
  /** `ended`: every stream was read to its end. */
  outcome: 'ended' | 'failed' | 'cancelled';
  /** Sentences that the workflow has gathered. */
  reasons: string[];
}

export const createCloseRun = ({ store, redact }: ActivityDependencies) =>
  /** Counts what the run did and stores its receipt, which is the run's result. */
  function closeRun(input: CloseRunInput): Promise<Receipt> {
    return withDatabase(redact, async () => {
      const streams: Record<string, StreamCounts> = {};
      const findings: Record<string, StreamFindings> = {};
      for (const stream of input.streams) {
        const cursor = await readCursor(store, { connection: input.connection, stream }, input.runId);
        const counts =
          cursor === null ? { ...emptyCounts } : countsOf(cursor, await orphansOf(input.connection, stream));
        streams[stream] = counts;
        findings[stream] = { counts, ...(await countSeen(store, { runId: input.runId, stream, pass: input.pass })) };
      }
      if (input.outcome === 'ended') await resolveQuarantined(input, findings);
      const { status, reasons } = judge(input.outcome, findings, input.reasons);
      const { connection, system, runId } = input;
      const receipt: Receipt = { connection, system, runId, status, streams, reasons };
      await storeReceipt(store.db, receipt);
      return receipt;
    });

    async function resolveQuarantined(run: CloseRunInput, findings: Record<string, StreamFindings>): Promise<void> {
      for (const [stream, found] of Object.entries(findings)) {
        if (isComplete(found)) await resolveGone(store.sql, { connection: run.connection, stream }, run.runId);
      }
    }

    async function orphansOf(connection: string, stream: string): Promise<number> {
      const table = Object.entries(recordTables.incentify).find(([name]) => name === stream)?.[1];
      return table === undefined ? 0 : countOrphans(store, connection, table, linksOf(stream).map(targetOf));
    }
  };

function targetOf({ column, stream }: ReturnType<typeof linksOf>[number]) {
  return { column, target: recordTables.incentify[stream] };
}
