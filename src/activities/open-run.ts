import { Context } from '@temporalio/activity';
import type { System } from '../receipt.ts';
import { registerRun } from '../store/runs.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';

export interface OpenRunInput {
  connection: string;
  runId: string;
  trigger: string;
}

export interface OpenedRun {
  system: System;
  /** Orders runs, so that an older one never takes a cursor from a newer. */
  runSequence: number;
  /** Configured streams, in reading order. */
  streams: string[];
  /** Whether the namespace knows our search attributes. */
  searchAttributes: boolean;
}

export const createOpenRun = ({ store, connection, redact, searchAttributes }: ActivityDependencies) =>
  /** Looks the connection up and registers the run in `sync.runs`. */
  function openRun(input: OpenRunInput): Promise<OpenedRun> {
    return withDatabase(redact, async () => {
      const { system, streams } = connection(input.connection);
      const { workflowExecution } = Context.current().info;
      const runSequence = await registerRun(store.db, {
        ...input,
        system,
        workflowId: workflowExecution?.workflowId ?? '',
      });
      return { system, runSequence, streams: [...streams], searchAttributes };
    });
  };
