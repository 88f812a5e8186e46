import type { IncentifyConnection } from '../config/systems/incentify.ts';
import { commitPages, type NextPosition, type ReadPage } from '../store/commit.ts';
import { recordTables } from '../store/tables.ts';
import { throttleOf } from '../store/throttle.ts';
import type { IncentifyPage } from '../vendors/incentify/client.ts';
import { type IncentifyStream, incentifyFields, mappingVersion } from '../vendors/incentify/fields.ts';
import { type ArrivedPage, readAhead } from '../vendors/incentify/read-ahead.ts';
import { type Cleaner, createCleaner } from '../vendors/privacy/cleaner.ts';
import { readRecords } from '../vendors/records.ts';
import { guardAccounts } from './accounts.ts';
import { CommitSize } from './commit-size.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { refuseElsewhere } from './elsewhere.ts';
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
  connection: IncentifyConnection;
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
  const connection = connectionOf('incentify', dependencies.connection(reading.key.connection));
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
  connection: IncentifyConnection,
  stream: IncentifyStream,
): Promise<Source> {
  const { concurrency, requestsPerSecond: perSecond } = connection;
  const speed = slowed({ concurrency, perSecond }, await throttleOf(store.sql, connection.name));
  return { connection, stream, speed, cleaner: createCleaner(connection, stream) };
}

/** Never rejects: what goes wrong reaches the committer through the queue, behind the pages that came before it. */
async function fetchInto(
  queue: PageQueue<Step>,
  dependencies: ActivityDependencies,
  source: Source,
  reading: Reading,
  signal: AbortSignal,
): Promise<void> {
  try {
    const totals = new Totals(reading.cursor.sourceTotal);
    const arriving = arrivingPages(dependencies, source, reading, totals, signal);
    for await (const arrived of arriving) {
      const { answer } = arrived;
      await queue.put(stepOf(source, arrived, totals.before(answer)), answer.body.length);
    }
    queue.close();
  } catch (error) {
    queue.close(error);
  }
}

function arrivingPages(
  { incentify, slice }: ActivityDependencies,
  { connection, stream, speed }: Source,
  reading: Reading,
  totals: Totals,
  signal: AbortSignal,
): AsyncGenerator<ArrivedPage, void> {
  const { nextPage: page, nextQuery: query, lastPage, linked } = reading.cursor;
  const client = incentify(connection);
  client.limit(speed.perSecond);
  const until = performance.now() + slice.milliseconds;
  // After a failure one page is asked for alone: several at once are likelier to meet the next failure, and would put
  // more on a vendor in trouble.
  let recovered = reading.cursor.failures === 0;
  return readAhead({
    start: { page, query, lastPage, linked },
    concurrency: speed.concurrency,
    goOn: () =>
      !signal.aborted &&
      performance.now() < until &&
      reading.requests < slice.pages &&
      (recovered || reading.requests === 0),
    fetchPage: async (wanted) => {
      reading.requests++;
      const answer = await totals.around(() => client.page(stream, wanted, signal));
      recovered = true;
      return answer;
    },
  });
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
  const size = new CommitSize(reading.cursor.failures > 0 ? 1 : commitLimits.items);
  for (let steps = await queue.take(size.pages); steps !== null; steps = await queue.take(size.pages)) {
    const last = steps.at(-1);
    if (last === undefined) continue;
    const position = { ...last.position, requests: reading.unbookedRequests() };
    const pages = steps.map(({ page }) => page);
    const began = performance.now();
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
    size.took(pages.length, performance.now() - began);
    reading.committed(pages.length, position, counts);
    await stored?.();
  }
}
