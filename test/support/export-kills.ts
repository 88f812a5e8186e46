import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../../src/receipt.ts';
import { Random } from '../../src/sandbox/random.ts';
import { downloadsOf, ledgerOf, rowDifferences } from './exports.ts';
import type { Servers } from './servers.ts';
import { until } from './waiting.ts';
import { type WorkerProcess, World } from './world.ts';

/** Of its rows two in a hundred are the same as another. */
const name = 'all-coupons';
const most = 16 * 1024 * 1024;

interface FileKill {
  /** Committed place when nothing of the dead worker was left. */
  bytesDone: number;
  /** Bytes that the file server had sent beyond it: they have to come again. */
  lost: number;
  /** Whether the file was still being sent when the worker died. */
  inFlight: boolean;
  /** From the new worker's ready line to its first commit. */
  goneOnAfterMs: number;
}

export interface KilledLoad {
  receipt: Receipt;
  kills: FileKill[];
  /** Of the file. */
  size: number;
  /** Sent by the file server in all. */
  sent: number;
  seconds: number;
  /** What should not be, in words; empty when all is well. */
  complaints: string[];
}

/** A world with one file of so many rows. */
export function worldOfOneFile(rows: number, servers?: Servers): Promise<World> {
  const neoday = { only: [name], exports: { [name]: { rows, results: 1 } } };
  return World.create({ system: 'neoday', neoday, ...(servers ? { servers } : {}) });
}

/** Loads the file while the worker is killed with SIGKILL again and again, at moments that `seed` decides. */
export async function loadUnderKills(
  world: World,
  { kills, seed, bytesPerSecond }: { kills: number; seed: number; bytesPerSecond: number },
  onKill: (kill: FileKill) => void = () => undefined,
): Promise<KilledLoad> {
  const { neoday } = world.sandbox;
  const file = neoday.file(neoday.results(name)[0]!.id);
  const everyMs = 10;
  world.sandbox.setFaults([
    { kind: 'trickle', steps: ['download'], bytes: (bytesPerSecond * everyMs) / 1000, everyMs },
  ]);
  const random = new Random(seed);
  const share = (file.bytes * 0.9) / kills;
  let worker = await world.workerProcess();
  const begun = performance.now();
  const run = await world.start();
  const done: FileKill[] = [];
  for (let number = 0; number < kills; number++) {
    const target = Math.floor((number + random.below(1000) / 1000) * share);
    const killed = await killAfter(world, worker, target, random.below(300));
    worker = await world.workerProcess();
    await until('the first commit of the new worker', async () => (await place(world)) > killed.bytesDone);
    const kill = { ...killed, goneOnAfterMs: Date.now() - worker.readyAt };
    done.push(kill);
    onKill(kill);
  }
  const receipt = await world.receipt(run, 600_000);
  const seconds = (performance.now() - begun) / 1000;
  await worker.kill();
  const sent = downloadsOf(world).reduce((sum, { bytes }) => sum + bytes, 0);
  const outcome = { receipt, kills: done, size: file.bytes, sent, seconds };
  return { ...outcome, complaints: await judge(world, outcome, file.rows) };
}

async function place(world: World): Promise<number> {
  return (await ledgerOf(world, name))[0]?.bytes ?? 0;
}

async function killAfter(world: World, worker: WorkerProcess, bytes: number, delayMs: number) {
  await until(`byte ${bytes}`, async () => (await place(world)) > bytes, { withinMs: 60_000 });
  await sleep(delayMs);
  const sending = downloadsOf(world).at(-1);
  await worker.kill();
  // PostgreSQL may still be at work on what the worker sent last.
  await until('the end of its connections', async () => (await backendsOf(world)) === 0);
  const bytesDone = await place(world);
  const last = downloadsOf(world).at(-1);
  const lost = (last?.rangeStart ?? 0) + (last?.bytes ?? 0) - bytesDone;
  return { bytesDone, lost, inFlight: sending?.outcome === 'open' && lost > 0 };
}

async function backendsOf({ sql }: World): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::int FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'incentive-sync worker'`;
  return row?.count ?? 0;
}

async function judge(
  world: World,
  { receipt, kills, size, sent }: Omit<KilledLoad, 'complaints'>,
  rows: number,
): Promise<string[]> {
  const complaints: string[] = [];
  const found = await rowDifferences(world, name);
  if (found.missing + found.extra > 0) complaints.push(`rows differ from the file's: ${JSON.stringify(found)}`);
  if (found.stored !== rows) complaints.push(`the table has ${found.stored} rows, the file ${rows}`);
  const { status, streams } = receipt;
  const { fetched, created, pages } = streams[name] ?? {};
  if (status !== 'completed') complaints.push(`the run ended ${status}: ${receipt.reasons.join(' ')}`);
  if (fetched !== rows || created !== rows || pages !== 1)
    complaints.push(`the receipt counts ${fetched} rows, ${created} created`);
  if (sent >= size + most * kills.length) complaints.push(`${sent} bytes were sent of a file of ${size}`);
  if (kills.some(({ lost }) => lost >= most)) complaints.push('a kill cost 16 MB or more');
  if (kills.some(({ inFlight }) => !inFlight)) complaints.push('a kill met no file under way');
  if (kills.some(({ goneOnAfterMs }) => goneOnAfterMs > 10_000))
    complaints.push('a new worker took more than 10 s to its first commit');
  return complaints;
}
