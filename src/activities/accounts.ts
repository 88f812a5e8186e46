import { ConfigurationError } from '../errors.ts';
import type { ReadPage } from '../store/commit.ts';
import type { Store } from '../store/connect.ts';
import { accountsShown, areOtherAccounts, mayShowAnyAccount } from '../store/identity.ts';
import { recordTables } from '../store/tables.ts';
import { type IncentifyStream, incentifyFields } from '../vendors/incentify/fields.ts';
import type { Reading } from './reading.ts';

/**
 * Looks at the accounts on a stream's first page before it is stored. Where earlier runs stored rows of accounts and this
 * page shows none of them, the key is another customer's, and its rows would overwrite these.
 *
 * @returns what is to be done once the page is stored.
 * @throws ConfigurationError for accounts that nobody here has seen.
 */
export async function guardAccounts(
  { sql }: Store,
  { key: { connection }, fence: { runId } }: Reading,
  stream: IncentifyStream,
  first: ReadPage,
): Promise<() => Promise<void>> {
  const accounts = accountsOn(first, stream);
  if (accounts.length === 0) return async () => undefined;
  if (await mayShowAnyAccount(sql, connection)) return () => accountsShown(sql, connection);
  const tables = Object.values(recordTables.incentify);
  if (!(await areOtherAccounts(sql, { connection, runId }, tables, accounts))) return async () => undefined;
  throw new ConfigurationError(
    `The first page of ${stream} shows no account that the rows of \`${connection}\` belong to, so its key seems to be another customer's. Nothing was changed. Put the right key in place; or give the other account a connection of its own; or, if \`${connection}\` is to hold that account from now on, type \`incentive-sync connection reset ${connection}\`.`,
  );
}

/** Different ids of accounts, as the vendor's records tell them; none where they tell none. */
function accountsOn({ records }: ReadPage, stream: IncentifyStream): string[] {
  const position = incentifyFields[stream].findIndex(({ column }) => column === 'account_id');
  if (position === -1) return [];
  const told = records.flatMap((record) => {
    const mapped = record.map();
    return 'values' in mapped ? [mapped.values[position] ?? null] : [];
  });
  return [...new Set(told.filter((account) => account !== null))];
}
