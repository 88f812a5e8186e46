import { Context } from '@temporalio/activity';
import type { Connection } from '../config/schema.ts';
import { ConfigurationError } from '../errors.ts';
import type { System } from '../receipt.ts';
import type { Rules } from '../rules.ts';
import { type RunStart, registerRun } from '../store/runs.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { refuseElsewhere } from './elsewhere.ts';
import { withDatabase } from './failure.ts';
import { noteLateOpening } from './journal.ts';
import { namedStreams } from './named-streams.ts';
import { noteRefusal } from './refused-run.ts';

export interface OpenRunInput {
  connection: string;
  /** Of the workflow that asks. */
  system: System;
  runId: string;
  trigger: string;
  /** When it was asked for; ISO 8601. */
  requestedAt?: string | undefined;
  /** Streams that the run was asked to read; all of the connection's when left out. */
  streams?: string[] | undefined;
  /** When its schedule was due; ISO 8601. */
  dueAt?: string | undefined;
}

export interface OpenedRun {
  system: System;
  /** Orders runs, so that an older one never takes a cursor from a newer. */
  runSequence: number;
  /** Streams to read, in reading order; empty where the vendor has to be asked which there are. */
  streams: string[];
  /** Whether the namespace knows our search attributes. */
  searchAttributes: boolean;
  rules: Rules;
  /** Streams that are read side by side. */
  concurrency: number;
}

export const createOpenRun = (dependencies: ActivityDependencies) =>
  /** Looks the connection up, refuses one that points elsewhere than before, and registers the run in `sync.runs`. */
  function openRun(input: OpenRunInput): Promise<OpenedRun> {
    const { redact } = dependencies;
    return withDatabase(redact, () =>
      open(dependencies, input).catch(async (error) => {
        if (error instanceof ConfigurationError) await noteRefusal(dependencies, startOf(input), error.message);
        throw error;
      }),
    );
  };

async function open(dependencies: ActivityDependencies, input: OpenRunInput): Promise<OpenedRun> {
  const { store, searchAttributes } = dependencies;
  const connection = connectionOf(input.system, dependencies.connection(input.connection));
  const streams = chosenStreams(input, namedStreams(connection));
  await refuseElsewhere(dependencies, connection);
  const runSequence = await registerRun(store.db, startOf(input));
  await noteLateOpening(dependencies, input.runId, input.requestedAt);
  return { system: input.system, runSequence, streams, searchAttributes, ...settingsOf(connection) };
}

function startOf({ connection, system, runId, trigger, streams, dueAt }: OpenRunInput): RunStart {
  const workflowId = Context.current().info.workflowExecution?.workflowId ?? '';
  return { connection, system, runId, trigger, workflowId, streams: streams ?? null, dueAt: dueAt ?? null };
}

function settingsOf(connection: Connection): { rules: Rules; concurrency: number } {
  const { maxQuarantinePercent } = connection;
  if (connection.system === 'atobi') {
    return { rules: { confirmDeletes: 'off', maxDeletePercent: 100, maxQuarantinePercent }, concurrency: 1 };
  }
  const limits = { maxDeletePercent: connection.maxDeletePercent, maxQuarantinePercent };
  if (connection.system === 'neoday') {
    return { rules: { confirmDeletes: 'off', ...limits }, concurrency: connection.concurrency };
  }
  // Streams are read one after another.
  return { rules: { confirmDeletes: connection.confirmDeletes, ...limits }, concurrency: 1 };
}

/** @throws ConfigurationError for a stream that the connection does not have: reading nothing must not look like success. */
function chosenStreams({ connection, streams }: OpenRunInput, configured: readonly string[] | undefined): string[] {
  if (configured === undefined) return streams ?? [];
  const unknown = (streams ?? []).filter((stream) => !configured.includes(stream));
  if (unknown.length > 0 || streams?.length === 0) {
    throw new ConfigurationError(
      `The connection \`${connection}\` has no stream \`${unknown.join('`, `')}\`; it has ${configured.join(', ')}.`,
    );
  }
  return configured.filter((stream) => streams === undefined || streams.includes(stream));
}
