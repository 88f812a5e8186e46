import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { aboutPools, poolsSummary } from '../workflows/about.ts';
import { applyPoolsType, poolsWorkflowId, taskQueue } from '../workflows/names.ts';
import { searchAttributesOf } from './search-attributes.ts';

/** What became of a plan, counted. */
export interface AppliedPlan {
  done: number;
  refused: number;
  unknown: number;
  /** Why it ended before all was tried; null where all was. */
  failure: string | null;
}

const vibes = (name: string) => ({ name, system: 'vibes' as const });

type ApplyPools = (connection: string, plan: string) => Promise<AppliedPlan>;

/** Starts the workflow that carries out a plan of the journal. Null where another plan of the connection is under way. */
export async function startApply(
  client: Client,
  { connection, plan, changes }: { connection: string; plan: string; changes: number },
  { installation, searchAttributes }: { installation: string; searchAttributes: boolean },
): Promise<WorkflowHandle<ApplyPools> | null> {
  try {
    return await client.workflow.start<ApplyPools>(applyPoolsType, {
      workflowId: poolsWorkflowId(connection),
      taskQueue,
      args: [connection, plan],
      memo: { installation },
      staticSummary: poolsSummary(connection, changes),
      staticDetails: aboutPools,
      ...(searchAttributes ? { typedSearchAttributes: searchAttributesOf(vibes(connection), 'person') } : {}),
      // A workflow task that a dying worker took with it is given to the next one after this time, not after 10 s.
      workflowTaskTimeout: '2 seconds',
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}
