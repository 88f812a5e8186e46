import type { Connection } from '../config/schema.ts';
import { commitPages, type NextPosition, type ReadPage } from '../store/commit.ts';
import { keepIdentity } from '../store/identity.ts';
import { recordTables } from '../store/tables.ts';
import { throttleOf } from '../store/throttle.ts';
import type { IncentifyPage } from '../vendors/incentify/client.ts';
import { type IncentifyStream, incentifyFields, mappingVersion } from '../vendors/incentify/fields.ts';
import { type ArrivedPage, readAhead } from '../vendors/incentify/read-ahead.ts';
import { readRecords } from '../vendors/incentify/records.ts';
import { type Cleaner, createCleaner } from '../vendors/privacy/cleaner.ts';
import { guardAccounts } from './accounts.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { createPace } from './pace.ts';
import { PageQueue } from './page-queue.ts';
import type { Reading } from './reading.ts';
import { type Speed, slowed } from './speed.ts';
import { Totals } from './totals.ts';

/** The most that one commit takes: it must end well within a heartbeat and its own time-outs. */
const commitLimits = { items: 200, bytes: 8 * 1024 * 1024 };

interface Step {
  page: ReadPage;
  position: Omit<NextPosition, 'requests'>;
}

/** What is read, how fast, and what is kept out of its records. */
interface Source {
  connection: Connection;
  stream: IncentifyStream;
  speed: Speed;
  cleaner: Cleaner | undefined;
}

/**
 * Reads a stream from its cursor on and commits what arrives, fetching the next pages while a commit is under way. Ends
 * at the last page, when the slice is used up, or when the worker or the workflow wants it to stop; whatever has arrived
 * by then is committed.
 */
export async function readStream(
  dependencies: ActivityDependencies,
  stream: IncentifyStream,
  reading: Reading,
  signal: AbortSignal,
): Promise<void> {
  const connection = dependencies.connection(reading.key.connection);
  await refuseElsewhere(dependencies, connection);
  const source = await openSource(dependencies, connection, stream);
  const broken = new AbortController();
  const queue = new PageQueue<Step>(commitLimits);
  const fetching = fetchInto(queue, dependencies, source, reading, AbortSignal.any([signal, broken.signal]));
  try {
    await commitFrom(queue, dependencies, stream, reading);
  } finally {
    broken.abort();
    queue.close();
    await fetching;
  }
}

async function openSource(
  { store }: ActivityDependencies,
  connection: Connection,
  stream: IncentifyStream,
): Promise<Source> {
  const { concurrency, requestsPerSecond: perSecond } = connection;
  const speed = slowed({ concurrency, perSecond }, await throttleOf(store.sql, connection.name));
  return { connection, stream, speed, cleaner: createCleaner(connection, stream) };
}

/** A run that was parked, or had no worker, for long goes on with the file as it is now. */
async function refuseElsewhere({ store, pointsAt }: ActivityDependencies, connection: Connection): Promise<void> {
  const identity = { connection: connection.name, system: connection.system, pointsAt: pointsAt(connection) };
  await keepIdentity(store.sql, identity, Object.values(recordTables.incentify));
}

/** Never rejects: what goes wrong reaches the committer through the queue, behind the pages that came before it. */
async function fetchInto(
  queue: PageQueue<Step>,
  dependencies: ActivityDependencies,
  source: Source,
  reading: Reading,
  signal: AbortSignal,
): Promise<void> {
  const { cursor } = reading;
  const { stream, speed } = source;
  const client = dependencies.incentify(source.connection);
  const pace = createPace(speed.perSecond);
  const totals = new Totals(cursor.sourceTotal);
  const until = performance.now() + dependencies.slice.milliseconds;
  const arriving = readAhead({
    start: { page: cursor.nextPage, query: cursor.nextQuery, lastPage: cursor.lastPage, linked: cursor.linked },
    concurrency: speed.concurrency,
    goOn: () => !signal.aborted && performance.now() < until && reading.requests < dependencies.slice.pages,
    fetchPage: async (query) => {
      reading.requests++;
      await pace(signal);
      return totals.around(() => client.page(stream, query, signal));
    },
  });
  try {
    for await (const arrived of arriving) {
      const { answer } = arrived;
      await queue.put(stepOf(source, arrived, totals.before(answer)), answer.body.length);
    }
    queue.close();
  } catch (error) {
    queue.close(error);
  }
}

function stepOf(source: Source, { page, query, answer, next }: ArrivedPage, totalBefore: number | null): Step {
  return {
    page: { ...readPage(source, page, query, answer), totalBefore },
    position: {
      nextPage: next?.page ?? page + 1,
      nextQuery: next?.query ?? '',
      done: next === null,
      lastPage: answer.lastPage,
      linked: next?.linked ?? false,
      sourceTotal: answer.total,
    },
  };
}

function readPage({ stream, cleaner }: Source, page: number, query: string, answer: IncentifyPage) {
  const fields = incentifyFields[stream];
  const { records, anonymous } = readRecords(answer.body, answer.records, fields, mappingVersion, cleaner);
  return { page, query, bytes: answer.body.length, records, anonymous, total: answer.total };
}

async function commitFrom(
  queue: PageQueue<Step>,
  { store }: ActivityDependencies,
  stream: IncentifyStream,
  reading: Reading,
): Promise<void> {
  for (let steps = await queue.takeAll(); steps !== null; steps = await queue.takeAll()) {
    const last = steps.at(-1);
    if (last === undefined) continue;
    const position = { ...last.position, requests: reading.unbookedRequests() };
    const pages = steps.map(({ page }) => page);
    const first = pages.find(({ page }) => page === 1);
    const stored = first && (await guardAccounts(store, reading, stream, first));
    const counts = await commitPages(
      store.sql,
      recordTables.incentify[stream],
      reading.fence,
      pages,
      position,
      reading.writing,
    );
    reading.committed(pages.length, position, counts);
    await stored?.();
  }
}
