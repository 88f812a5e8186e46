import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { registerSearchAttributes } from '../src/operations/search-attributes.ts';
import type { Receipt } from '../src/receipt.ts';
import { clientOptions } from '../src/store/connect.ts';
import { migrate } from '../src/store/migrate.ts';
import { syncWorkflowId, taskQueue } from '../src/workflows/names.ts';
import { median, ratio } from './figures.ts';
import { startCommand, startPlace } from './place.ts';
import { createPlainLoop } from './plain-loop.ts';

const sizes = { projects: 10_000, credits: 33_333, utilizations: 100_000 };
const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
const apiKey = 'sandbox-key';

interface Round {
  loop: number;
  loopAgain: number;
  first: number;
  again: number;
  firstWal: number;
  againWal: number;
}

/**
 * First sync and unchanged re-sync of 143,333 rows, beside a plain loop over the same pages, round by round. Rates are
 * rows per second of wall time, from the start of the workflow to its result.
 */
export async function measure(words: string[]) {
  const rounds = Number(words[0] ?? 5);
  const place = await startPlace();
  const sandbox = await startSandbox();
  const baseUrl = String((JSON.parse(sandbox.ready) as { incentify: { baseUrl: string } }).incentify.baseUrl);
  const worker = await startWorker(place, baseUrl);
  const bench = await prepare(place, baseUrl);
  const results: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    results.push(await bench.round());
    process.stderr.write(`round ${round}: ${JSON.stringify(results.at(-1))}\n`);
  }
  const memory = await worker.peakMemory();
  await bench.close();
  await worker.stop();
  await sandbox.stop();
  await place.stop();
  return summary(results, memory);
}

function startSandbox() {
  const numbers = Object.entries(sizes).flatMap(([stream, size]) => [`--${stream}`, String(size)]);
  return startCommand(['sandbox', '--port', '0', '--json', '--precompute', ...numbers]);
}

async function startWorker(place: Awaited<ReturnType<typeof startPlace>>, baseUrl: string) {
  const { databaseUrl, temporal, folder } = place;
  const config = join(folder, 'incentive-sync.yaml');
  await writeFile(
    config,
    `connections:\n  portfolio: {system: incentify, baseUrl: '${baseUrl}', apiKey: '\${BENCH_KEY}'}\n`,
  );
  const env = { BENCH_KEY: apiKey, DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporal.address };
  return startCommand(['worker', '--json', '--config', config, '--data-dir', join(folder, 'worker')], env);
}

async function prepare({ databaseUrl, temporal }: Awaited<ReturnType<typeof startPlace>>, baseUrl: string) {
  await migrate({ url: databaseUrl });
  const client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  await registerSearchAttributes(client);
  const loop = await createPlainLoop(databaseUrl, baseUrl, apiKey);
  const sql = postgres(databaseUrl, { ...clientOptions(databaseUrl, 'bench'), max: 1 });

  const wal = async () => {
    const [row] = await sql<{ bytes: number }[]>`SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 AS bytes`;
    return row!.bytes;
  };
  const timed = async (work: () => Promise<unknown>) => {
    await sql`CHECKPOINT`;
    const [before, start] = [await wal(), performance.now()];
    await work();
    return { rate: total / ((performance.now() - start) / 1000), wal: (await wal()) - before };
  };
  const sync = async (expected: 'created' | 'unchanged') => {
    const workflow = await client.workflow.start<(connection: string) => Promise<Receipt>>('portfolioSync', {
      workflowId: syncWorkflowId('portfolio'),
      taskQueue,
      args: ['portfolio'],
      workflowTaskTimeout: '2 seconds',
    });
    const receipt = await workflow.result();
    const rows = Object.values(receipt.streams).reduce((sum, counts) => sum + counts[expected], 0);
    if (receipt.status !== 'completed' || rows !== total)
      throw new Error(`not what was to be measured: ${JSON.stringify(receipt)}`);
  };
  const round = async (): Promise<Round> => {
    await loop.empty();
    await sql`TRUNCATE incentify.projects, incentify.credits, incentify.utilizations`;
    const plain = await timed(loop.run);
    const first = await timed(() => sync('created'));
    const again = await timed(() => sync('unchanged'));
    const plainAgain = await timed(loop.run);
    return {
      loop: plain.rate,
      loopAgain: plainAgain.rate,
      first: first.rate,
      again: again.rate,
      firstWal: first.wal,
      againWal: again.wal,
    };
  };
  const close = () => Promise.all([client.connection.close(), loop.close(), sql.end()]);
  return { round, close };
}

function summary(rounds: Round[], workerMemoryMiB: number) {
  const of = (value: (round: Round) => number) => median(rounds.map(value));
  const rows = (value: number) => Math.round(value);
  const figures = {
    rows: total,
    rounds: rounds.length,
    plainLoopRowsPerSecond: rows(of(({ loop }) => loop)),
    firstSyncRowsPerSecond: rows(of(({ first }) => first)),
    firstSyncToPlainLoop: ratio(of(({ first, loop }) => first / loop)),
    unchangedSyncRowsPerSecond: rows(of(({ again }) => again)),
    unchangedSyncToPlainLoop: ratio(of(({ again, loop }) => again / loop)),
    plainLoopAgainRowsPerSecond: rows(of(({ loopAgain }) => loopAgain)),
    firstSyncWalMB: ratio(of(({ firstWal }) => firstWal) / 1e6),
    unchangedSyncWalMB: ratio(of(({ againWal }) => againWal) / 1e6),
    unchangedToFirstWalPercent: ratio(of(({ firstWal, againWal }) => (100 * againWal) / firstWal)),
    workerPeakMemoryMiB: workerMemoryMiB,
  };
  return figures;
}
