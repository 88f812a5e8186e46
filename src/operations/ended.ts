import { type Client, WorkflowFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { syncWorkflowId } from '../workflows/names.ts';
import { type RunIdentity, receiptOfFailure } from './receipts.ts';

/**
 * Temporal's own words for how a run ended that has left no receipt: that it was terminated, by whom and why. Null where
 * it is still under way, where Temporal does not have it any more, or where it ended well.
 */
export async function howItEnded(client: Client, run: RunIdentity): Promise<string | null> {
  const handle = client.workflow.getHandle(syncWorkflowId(run.connection), run.runId);
  try {
    if ((await handle.describe()).status.name === 'RUNNING') return null;
    await handle.result();
    return null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    if (error instanceof WorkflowFailedError) return receiptOfFailure(run, null, error).reasons.at(-1) ?? null;
    throw error;
  }
}
