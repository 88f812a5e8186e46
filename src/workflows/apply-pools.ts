import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { AppliedPools } from '../activities/pool-plan.ts';
import { setAttributes, startedWithAttributes } from './attributes.ts';
import { sentence } from './failures.ts';
import { poolsWorkflowId, searchAttributeNames } from './names.ts';
import { describeApplied, describeApplying, statusOf } from './pool-details.ts';
import { applyPoolChange, closePoolPlan, listPoolChanges } from './proxies.ts';

/**
 * Carries out the changes of pools that a person has approved, one after another. What they are stands in the journal
 * `vibes.pool_changes` under `plan`; Temporal learns only counts.
 */
export async function applyPools(connection: string, plan: string): Promise<AppliedPools> {
  refuseOtherId(connection);
  const asked = { connection, plan };
  try {
    await applyAll(connection, await listPoolChanges(asked));
    return show(await CancellationScope.nonCancellable(() => closePoolPlan({ ...asked, failure: null })));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cancelled = isCancellation(error);
    const failure = cancelled ? 'It was cancelled.' : sentence(error);
    const applied = await CancellationScope.nonCancellable(() => closePoolPlan({ ...asked, failure }));
    show(applied, cancelled ? 'cancelled' : undefined);
    if (cancelled) throw error;
    return applied;
  }
}

function show(applied: AppliedPools, status: string = statusOf(applied)): AppliedPools {
  setCurrentDetails(describeApplied(applied));
  upsertMemo({ applied });
  if (startedWithAttributes()) setAttributes({ [searchAttributeNames.status]: status });
  return applied;
}

async function applyAll(connection: string, changes: readonly number[]): Promise<void> {
  const runId = workflowInfo().firstExecutionRunId;
  for (const [index, change] of changes.entries()) {
    setCurrentDetails(describeApplying(connection, index, changes.length));
    const summary = `change ${index + 1} of ${changes.length}`;
    await applyPoolChange({ connection, runId, change, firstContact: index === 0 }, summary);
  }
  setCurrentDetails(describeApplying(connection, changes.length, changes.length));
}

/** The fixed id is what keeps a connection to one apply at a time. */
function refuseOtherId(connection: string): void {
  const expected = poolsWorkflowId(connection);
  if (workflowInfo().workflowId === expected) return;
  throw ApplicationFailure.create({
    type: 'Configuration',
    message: `Changes of pools of \`${connection}\` must have the workflow id \`${expected}\`. Start it again with that id.`,
    nonRetryable: true,
  });
}
