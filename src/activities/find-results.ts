import { countWaiting, loadAgain, registerResults } from '../store/neoday/ledger.ts';
import { countEntries } from '../store/quarantine-entries.ts';
import { mappingVersion } from '../vendors/neoday/fields.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { note } from './journal.ts';
import { withVendor } from './vendor-work.ts';

export interface FindResultsInput {
  connection: string;
  /** An export's system name. */
  stream: string;
  runId: string;
  /** A forced resync: every result is to be loaded once more. */
  again: boolean;
  firstContact: boolean;
}

export interface FoundResults {
  /** Results that are to be loaded. */
  left: number;
  /** Rows that were put aside by an older version than this one. */
  untried: number;
}

export const createFindResults = (dependencies: ActivityDependencies) =>
  /** Notes every result that the vendor lists of an export in the ledger, `neoday.results`. Repeating it changes nothing. */
  function findResults(input: FindResultsInput): Promise<FoundResults> {
    return withVendor(dependencies, input, async (signal) => {
      const { sql } = dependencies.store;
      const connection = connectionOf('neoday', dependencies.connection(input.connection));
      const key = { connection: input.connection, export: input.stream };
      const since = connection.since ?? null;
      for await (const listed of dependencies.neoday(connection).allResults(input.stream, signal)) {
        await registerResults(sql, key, listed, { since });
      }
      if (input.again) {
        await loadAgain(sql, key);
        await note(dependencies, { runId: input.runId, stream: input.stream, kind: 'resync', all: true });
      }
      const { count } = await countEntries(sql, {
        connection: input.connection,
        stream: input.stream,
        untriedBy: mappingVersion,
      });
      return { left: await countWaiting(sql, key, input.again ? '' : input.runId), untried: count };
    });
  };
