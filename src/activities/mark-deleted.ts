import { Context } from '@temporalio/activity';
import { claimCursor } from '../store/claim.ts';
import { sweep } from '../store/settle.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { tableOf } from './streams.ts';

export interface MarkDeletedInput {
  connection: string;
  stream: string;
  runId: string;
  runSequence: number;
  lease: number;
  pass: number;
  /** Names the rows; where the list has changed since, none is marked. */
  digest: string;
}

export const createMarkDeleted = ({ store, redact }: ActivityDependencies) =>
  /** Marks rows as deleted that two complete passes did not show. Gives how many; null where the list has changed. */
  function markDeleted(input: MarkDeletedInput): Promise<number | null> {
    const { connection, stream, runId, pass } = input;
    return withDatabase(redact, async () => {
      const claimant = { ...input, attempt: Context.current().info.attempt };
      const { epoch } = await claimCursor(store.sql, { connection, stream }, claimant);
      return sweep(store.sql, tableOf(stream), { connection, stream, runId, pass, epoch }, input.digest);
    });
  };
