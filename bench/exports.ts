import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { registerSearchAttributes } from '../src/operations/search-attributes.ts';
import type { Receipt } from '../src/receipt.ts';
import { clientOptions } from '../src/store/connect.ts';
import { migrate } from '../src/store/migrate.ts';
import { syncWorkflowId, taskQueue } from '../src/workflows/names.ts';
import { median, ratio } from './figures.ts';
import { startCommand, startPlace, startScript } from './place.ts';
import { createPlainLoad } from './plain-load.ts';

const secret = 'sandbox-secret';
const sizes = [
  { name: '100MB', rows: 730_000 },
  { name: '1GB', rows: 7_300_000 },
];

type Place = Awaited<ReturnType<typeof startPlace>>;

/**
 * Loads a file of win-info of 100 MB and one of 1 GB, beside a plain load of the same file: the whole file in memory,
 * `JSON.parse`, one COPY into the same keyed table. Rates are rows per second of wall time. Each size has a worker of its
 * own and the same number of rounds, so that their peaks of memory can be compared. Words: rounds (default 3), one size.
 */
export async function measure(words: string[]) {
  const rounds = Number(words[0] ?? 3);
  const chosen = sizes.filter(({ name }) => words[1] === undefined || words[1] === name);
  const place = await startPlace();
  await migrate({ url: place.databaseUrl });
  const sizesMeasured: Record<string, Awaited<ReturnType<typeof measureSize>>> = {};
  try {
    for (const { name, rows } of chosen) sizesMeasured[name] = await measureSize(place, rows, rounds);
  } finally {
    await place.stop();
  }
  const peaks = Object.values(sizesMeasured).map(({ workerPeakMemoryMiB }) => workerPeakMemoryMiB);
  const [small = 0, large = 0] = peaks;
  return { rounds, ...sizesMeasured, ...(peaks.length > 1 ? { peakMemory1GBTo100MB: ratio(large / small) } : {}) };
}

async function measureSize(place: Place, rows: number, rounds: number) {
  const sandbox = await startScript(fileURLToPath(new URL('exports-sandbox.ts', import.meta.url)), [String(rows)]);
  const { baseUrl, bytes } = JSON.parse(sandbox.ready) as { baseUrl: string; bytes: number };
  const worker = await startWorker(place, baseUrl);
  try {
    return {
      megabytes: Math.round(bytes / 1e6),
      ...(await compare(place, baseUrl, rows, rounds)),
      workerPeakMemoryMiB: await worker.peakMemory(),
    };
  } finally {
    await worker.stop();
    await sandbox.stop();
  }
}

async function compare(place: Place, baseUrl: string, rows: number, rounds: number) {
  const client = new Client({ connection: await Connection.connect({ address: place.temporal.address }) });
  await registerSearchAttributes(client);
  const plain = await createPlainLoad(place.databaseUrl, baseUrl, secret);
  const sql = postgres(place.databaseUrl, { ...clientOptions(place.databaseUrl, 'bench'), max: 1 });
  const seconds: { plain: number; first: number; again: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    await plain.empty();
    await sql`TRUNCATE neoday.win_info, neoday.results, neoday.staged_win_info, sync.connections`;
    seconds.push({
      plain: await timed(sql, async () => expectRows(await plain.run(), rows)),
      first: await timed(sql, async () => expectRows((await sync(client)).created, rows)),
      again: await timed(sql, async () => expectRows((await sync(client, 'forceResync')).unchanged, rows)),
    });
    process.stderr.write(`${rows} rows, round ${round}: ${JSON.stringify(seconds.at(-1))}\n`);
  }
  await Promise.all([client.connection.close(), plain.close(), sql.end()]);
  const rate = (of: (round: (typeof seconds)[number]) => number) => Math.round(rows / median(seconds.map(of)));
  return {
    rows,
    plainLoadRowsPerSecond: rate((round) => round.plain),
    loadRowsPerSecond: rate((round) => round.first),
    loadToPlainLoad: ratio(median(seconds.map((round) => round.plain / round.first))),
    sameFileAgainRowsPerSecond: rate((round) => round.again),
  };
}

async function startWorker({ databaseUrl, temporal, folder }: Place, baseUrl: string) {
  const config = join(folder, 'incentive-sync.yaml');
  const keys = { system: 'neoday', baseUrl, clientId: 'sandbox-client', clientSecret: `\${BENCH_SECRET}` };
  await writeFile(config, JSON.stringify({ connections: { games: keys } }));
  const env = { BENCH_SECRET: secret, DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporal.address };
  return startCommand(['worker', '--json', '--config', config, '--data-dir', join(folder, 'worker')], env);
}

async function timed(sql: postgres.Sql, work: () => Promise<void>): Promise<number> {
  await sql`CHECKPOINT`;
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function expectRows(rows: number | undefined, expected: number): void {
  if (rows !== expected) throw new Error(`not what was to be measured: ${rows} rows instead of ${expected}`);
}

async function sync(client: Client, signal?: 'forceResync') {
  const start = {
    workflowId: syncWorkflowId('games'),
    taskQueue,
    args: ['games'] as [string],
    workflowTaskTimeout: '2 seconds' as const,
  };
  const run = signal
    ? await client.workflow.signalWithStart('exportSync', { ...start, signal, signalArgs: [] })
    : await client.workflow.start('exportSync', start);
  const receipt = (await run.result()) as Receipt;
  const counts = receipt.streams['win-info'];
  if (receipt.status !== 'completed' || counts === undefined) throw new Error(JSON.stringify(receipt));
  return counts;
}
