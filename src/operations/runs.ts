import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { ConfigurationError } from '../errors.ts';
import type { Receipt, System } from '../receipt.ts';
import { aboutRun, runSummary } from '../workflows/about.ts';
import { forceResyncSignal } from '../workflows/messages.ts';
import { type RunOptions, syncWorkflowId, type Trigger, taskQueue, workflowTypes } from '../workflows/names.ts';
import { searchAttributesOf } from './search-attributes.ts';

type SyncWorkflow = (connection: string, options?: RunOptions) => Promise<Receipt>;

/** A run that is under way. `id` is the first execution's run id: the same however often it continues as new. */
export interface Run {
  readonly client: Client;
  readonly connection: string;
  readonly system: System;
  readonly id: string;
  /** True when it was under way before we asked. */
  readonly attached: boolean;
  readonly handle: WorkflowHandle<SyncWorkflow>;
}

export interface StartRunOptions {
  trigger: Trigger;
  installation: string;
  /** False where the search attributes could not be registered. */
  searchAttributes: boolean;
  streams?: readonly string[] | undefined;
  /** A large push may go. */
  approved?: boolean | undefined;
}

export interface RunnableConnection {
  readonly name: string;
  readonly system: System;
}

/** The run of a connection that is under way; null where there is none, or where it is another installation's. */
export async function runUnderWay(
  client: Client,
  connection: RunnableConnection,
  installation: string,
): Promise<Run | null> {
  try {
    return await attach(client, connection, installation);
  } catch (error) {
    if (error instanceof ConfigurationError) return null;
    throw error;
  }
}

/**
 * Starts a run of a connection, or attaches to the one that is under way.
 * @throws ConfigurationError when the run under way belongs to another installation.
 */
export async function startRun(client: Client, connection: RunnableConnection, options: StartRunOptions): Promise<Run> {
  for (;;) {
    const started = await startNew(client, connection, options);
    if (started) return started;
    const attached = await attach(client, connection, options.installation);
    // Null: it ended between the two calls, so the way is free for a new one.
    if (attached) return attached;
  }
}

async function startNew(client: Client, connection: RunnableConnection, options: StartRunOptions): Promise<Run | null> {
  try {
    const start = workflowStart(connection, options);
    const handle = await client.workflow.start<SyncWorkflow>(workflowTypes[connection.system], start);
    return runOf(client, connection, handle.firstExecutionRunId, false);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

export interface ResyncOptions extends StartRunOptions {
  /** Shown in the receipt. */
  reason?: string | undefined;
}

/**
 * Has everything read again from page 1 and written, changed or not: by the run that is under way, else by a new one. In
 * one call, so that nothing falls between the two.
 * @throws ConfigurationError when the run under way belongs to another installation.
 */
export async function resyncRun(client: Client, connection: RunnableConnection, options: ResyncOptions): Promise<Run> {
  const { streams, reason, installation } = options;
  const before = await attach(client, connection, installation);
  const wanted = { ...(streams ? { streams: [...streams] } : {}), ...(reason === undefined ? {} : { reason }) };
  const { signaledRunId } = await client.workflow.signalWithStart(workflowTypes[connection.system], {
    ...workflowStart(connection, options, { reason }),
    signal: forceResyncSignal,
    signalArgs: [wanted],
  });
  const now = await attach(client, connection, installation);
  const joined = before !== null && before.id === now?.id;
  return now === null ? runOf(client, connection, signaledRunId, false) : { ...now, attached: joined };
}

function workflowStart(
  connection: RunnableConnection,
  options: StartRunOptions,
  resync?: { reason?: string | undefined },
) {
  return {
    workflowId: syncWorkflowId(connection.name),
    taskQueue,
    args: [connection.name, workflowArguments(options)] satisfies Parameters<SyncWorkflow>,
    memo: { installation: options.installation },
    staticSummary: runSummary(connection.name, connection.system, { ...workflowArguments(options), resync }),
    staticDetails: aboutRun(connection.name, connection.system),
    // A workflow task that a dying worker took with it is given to the next one after this time, not after 10 s.
    workflowTaskTimeout: '2 seconds' as const,
    ...(options.searchAttributes ? { typedSearchAttributes: searchAttributesOf(connection, options.trigger) } : {}),
  };
}

function workflowArguments({ trigger, streams, approved }: StartRunOptions): RunOptions {
  return { trigger, ...(streams ? { streams: [...streams] } : {}), ...(approved ? { approved } : {}) };
}

/**
 * The run of a connection that is under way; null where there is none.
 * @throws ConfigurationError when it belongs to another installation.
 */
export async function attach(
  client: Client,
  connection: RunnableConnection,
  installation: string,
): Promise<Run | null> {
  const described = await describe(client, connection.name);
  if (described?.status.name !== 'RUNNING') return null;
  const owner = described.memo?.installation;
  if (typeof owner === 'string' && owner !== installation) throw otherInstallation(connection.name, client);
  return runOf(client, connection, described.raw.workflowExecutionInfo?.firstRunId ?? described.runId, true);
}

async function describe(client: Client, connection: string) {
  try {
    return await client.workflow.getHandle(syncWorkflowId(connection)).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function runOf(client: Client, connection: RunnableConnection, id: string, attached: boolean): Run {
  const handle = client.workflow.getHandle<SyncWorkflow>(syncWorkflowId(connection.name), undefined, {
    firstExecutionRunId: id,
  });
  return { client, connection: connection.name, system: connection.system, id, attached, handle };
}

function otherInstallation(connection: string, client: Client): ConfigurationError {
  return new ConfigurationError(
    `Another installation is syncing a connection \`${connection}\` in the Temporal namespace ${client.options.namespace}. Give this connection another name, or use another namespace (TEMPORAL_NAMESPACE).`,
  );
}
