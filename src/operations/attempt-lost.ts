import type { Client } from '@temporalio/client';

/** Whether the attempt before this one of a pending activity ended without a word, so that Temporal gave it up. */
export async function attemptLost(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
  activityId: string,
): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const pending = raw.pendingActivities?.find((activity) => activity.activityId === activityId);
  return pending?.lastFailure?.timeoutFailureInfo != null;
}
