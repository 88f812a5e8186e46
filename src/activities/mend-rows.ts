import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { keptEntries, noteTried } from '../store/quarantine-entries.ts';
import { mappingVersion } from '../vendors/neoday/fields.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { replayEntries } from './replay.ts';
import { stopIfWanted } from './stopping.ts';

export interface MendRowsInput {
  connection: string;
  /** An export's system name. */
  stream: string;
}

export const createMendRows = (dependencies: ActivityDependencies) =>
  /**
   * Tries rows of an export that an older mapping could not read again. Their files are read once, so that nobody else
   * would. Each is tried once by each version: an attempt that is cut off goes on where it was. Gives how many were tried.
   */
  function mendRows({ connection: name, stream }: MendRowsInput): Promise<number> {
    const { store, redact } = dependencies;
    const { cancellationSignal } = Context.current();
    return withDatabase(redact, async () => {
      const connection = connectionOf('neoday', dependencies.connection(name));
      const filter = { connection: name, stream, untriedBy: mappingVersion };
      let tried = 0;
      for await (const entries of keptEntries(store.sql, filter)) {
        stopIfWanted(cancellationSignal);
        if (cancellationSignal.aborted) throw new CancelledFailure('The run wants something else.');
        const outcomes = await replayEntries(store, entries, { connection, byItself: true });
        const impossible = outcomes.filter(({ result }) => result === 'impossible').map(({ id }) => id);
        await noteTried(store.sql, impossible, mappingVersion);
        tried += outcomes.length;
      }
      return tried;
    });
  };
