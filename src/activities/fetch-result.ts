import { expireResult } from '../store/neoday/account.ts';
import { type PendingResult, pendingResult } from '../store/neoday/ledger.ts';
import { ResultGoneError } from '../vendors/neoday/errors.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withVendor } from './vendor-work.ts';

export interface FetchResultInput {
  connection: string;
  stream: string;
  runId: string;
  firstContact: boolean;
}

export interface FetchedResult {
  resultId: string;
  /** ISO 8601. */
  createdAt: string;
  /** The vendor does not have it any more; the ledger says so. */
  gone: boolean;
}

export const createFetchResult = (dependencies: ActivityDependencies) =>
  /**
   * Asks for the address of the oldest result that is not loaded. The address is a credential: it stays in this worker's
   * memory, and what goes to Temporal names the result alone. Null where nothing is left.
   */
  function fetchResult(input: FetchResultInput): Promise<FetchedResult | null> {
    return withVendor(dependencies, input, async (signal) => {
      const key = { connection: input.connection, export: input.stream };
      const result = await pendingResult(dependencies.store.sql, key, input.runId);
      if (result === null) return null;
      const { resultId, createdAt } = result;
      return { resultId, createdAt, gone: !(await fetchUrl(dependencies, input, result, signal)) };
    });
  };

async function fetchUrl(
  { store, neoday, connection, urls }: ActivityDependencies,
  input: FetchResultInput,
  { resultId, rowsDone }: PendingResult,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const client = neoday(connectionOf('neoday', connection(input.connection)));
    urls.put(input.connection, resultId, await client.downloadUrl(resultId, signal));
    return true;
  } catch (error) {
    if (!(error instanceof ResultGoneError)) throw error;
    // What was loaded of it is kept, which is the business of who loads.
    if (rowsDone > 0) return true;
    const key = { connection: input.connection, export: input.stream };
    await expireResult(store.sql, key, resultId, { runId: input.runId, reason: error.message });
    return false;
  }
}
