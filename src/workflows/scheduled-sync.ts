import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getExternalWorkflowHandle, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { Receipt } from '../receipt.ts';
import { tickSignal } from './messages.ts';
import { type RunOptions, syncWorkflowId } from './names.ts';

/** What a tick of a schedule came to. */
export type Tick = Receipt | { connection: string; skipped: string };

type SyncWorkflow = (connection: string, options?: RunOptions) => Promise<Receipt>;

/**
 * Started by a Temporal Schedule. A schedule adds a timestamp to the id of what it starts, so this small parent starts
 * the sync under its fixed id, which is what keeps a connection to one run at a time. A run that is already under way is
 * left alone, and the tick is recorded as skipped.
 */
export async function scheduledSync(connection: string, workflowType: string): Promise<Tick> {
  try {
    const child = await startChild<SyncWorkflow>(workflowType, {
      workflowId: syncWorkflowId(connection),
      args: [connection, { trigger: 'schedule' }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${connection}: its schedule was due`,
      workflowTaskTimeout: '2 seconds',
      ...(workflowInfo().memo === undefined ? {} : { memo: workflowInfo().memo }),
    });
    return await child.result();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // It may have ended meanwhile, and then there is nobody to tell.
    await getExternalWorkflowHandle(syncWorkflowId(connection))
      .signal(tickSignal)
      .catch(() => undefined);
    return { connection, skipped: `A run of ${connection} was already under way.` };
  }
}
