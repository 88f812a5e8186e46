import { commitPages, type ReadPage } from '../store/commit.ts';
import { recordTables } from '../store/tables.ts';
import { noteLevels } from '../store/vibes/levels.ts';
import { createCleaner } from '../vendors/privacy/cleaner.ts';
import { readRecords } from '../vendors/records.ts';
import type { PoolList } from '../vendors/vibes/client.ts';
import { mappingVersion, vibesFields } from '../vendors/vibes/fields.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { refuseElsewhere } from './elsewhere.ts';
import type { Reading } from './reading.ts';

/** Reads all pools, which the vendor lists on one page, and commits them together with their levels. */
export async function readPools(
  dependencies: ActivityDependencies,
  reading: Reading,
  signal: AbortSignal,
): Promise<void> {
  const connection = connectionOf('vibes', dependencies.connection(reading.key.connection));
  await refuseElsewhere(dependencies, connection);
  const cleaner = createCleaner(connection, reading.key.stream);
  reading.requests++;
  const { body, records: slices } = await dependencies.vibes(connection).list(signal);
  const read = readRecords(body, slices, vibesFields.pools, mappingVersion, cleaner);
  const page = { page: 1, query: '', bytes: body.length, ...read, total: slices.length, totalBefore: null };
  await commit(dependencies, reading, page, slices);
}

async function commit(
  { store }: ActivityDependencies,
  reading: Reading,
  page: ReadPage,
  { length }: PoolList['records'],
): Promise<void> {
  const requests = reading.unbookedRequests();
  const position = {
    nextPage: 2,
    nextQuery: '',
    done: true,
    lastPage: 1,
    linked: false,
    sourceTotal: length,
    requests,
  };
  const counts = await commitPages(store.sql, recordTables.vibes.pools, reading.fence, [page], position, {
    ...reading.writing,
    also: (transaction, pages) =>
      noteLevels(
        transaction,
        reading.key.connection,
        pages.flatMap(({ records }) => records),
      ),
  });
  reading.committed(1, position, counts);
}
