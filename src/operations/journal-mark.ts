import type { Client } from '@temporalio/client';
import { syncWorkflowId } from '../workflows/names.ts';

/** Runs that are looked at: each repeats the newest number that it knew, so the latest few tell enough. */
const runsLookedAt = 20;

/**
 * The newest delivery that runs of a connection have noted in Temporal, which outlives a database that is restored from a
 * backup; 0 where none has. Runs of other installations say nothing about ours.
 */
export async function journalMark(
  client: Client,
  connection: string,
  installation: string | undefined,
): Promise<number> {
  const query = `WorkflowId = "${syncWorkflowId(connection)}"`;
  let newest = 0;
  let looked = 0;
  for await (const { memo } of client.workflow.list({ query, pageSize: runsLookedAt })) {
    if (installation === undefined || memo?.installation === undefined || memo.installation === installation) {
      const noted = memo?.journal;
      if (typeof noted === 'number') newest = Math.max(newest, noted);
    }
    looked += 1;
    if (looked >= runsLookedAt) break;
  }
  return newest;
}
