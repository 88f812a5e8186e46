import { Context } from '@temporalio/activity';
import { ConfigurationError } from '../errors.ts';
import type { System } from '../receipt.ts';
import type { Rules } from '../rules.ts';
import { keepIdentity } from '../store/identity.ts';
import { registerRun } from '../store/runs.ts';
import { recordTables } from '../store/tables.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';

export interface OpenRunInput {
  connection: string;
  runId: string;
  trigger: string;
  /** Streams that the run was asked to read; all of the connection's when left out. */
  streams?: string[] | undefined;
}

export interface OpenedRun {
  system: System;
  /** Orders runs, so that an older one never takes a cursor from a newer. */
  runSequence: number;
  /** Streams to read, in reading order. */
  streams: string[];
  /** Whether the namespace knows our search attributes. */
  searchAttributes: boolean;
  rules: Rules;
}

export const createOpenRun = ({ store, connection, pointsAt, redact, searchAttributes }: ActivityDependencies) =>
  /** Looks the connection up, refuses one that points elsewhere than before, and registers the run in `sync.runs`. */
  function openRun(input: OpenRunInput): Promise<OpenedRun> {
    return withDatabase(redact, async () => {
      const configuration = connectionOf('incentify', connection(input.connection));
      const { system, streams: configured, ...settings } = configuration;
      const { confirmDeletes, maxDeletePercent, maxQuarantinePercent } = settings;
      const streams = chosenStreams(input, configured);
      const identity = { connection: input.connection, system, pointsAt: pointsAt(configuration) };
      await keepIdentity(store.sql, identity, Object.values(recordTables.incentify));
      const { workflowExecution } = Context.current().info;
      const { runId, trigger } = input;
      const runSequence = await registerRun(store.db, {
        connection: input.connection,
        runId,
        trigger,
        system,
        workflowId: workflowExecution?.workflowId ?? '',
      });
      return {
        system,
        runSequence,
        streams,
        searchAttributes,
        rules: { confirmDeletes, maxDeletePercent, maxQuarantinePercent },
      };
    });
  };

/** @throws ConfigurationError for a stream that the connection does not have: reading nothing must not look like success. */
function chosenStreams({ connection, streams }: OpenRunInput, configured: readonly string[]): string[] {
  const unknown = (streams ?? []).filter((stream) => !configured.includes(stream));
  if (unknown.length > 0 || streams?.length === 0) {
    throw new ConfigurationError(
      `The connection \`${connection}\` has no stream \`${unknown.join('`, `')}\`; it has ${configured.join(', ')}.`,
    );
  }
  return configured.filter((stream) => streams === undefined || streams.includes(stream));
}
