import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../../src/receipt.ts';
import { Random } from '../../src/sandbox/random.ts';
import { differences, none, portfolioStreams } from './compare.ts';
import { until } from './waiting.ts';
import type { WorkerProcess, World } from './world.ts';

const stream = 'utilizations';
const perPage = 50;

/** Every request to the vendor takes so long, so that a kill finds some under way. */
export const latencyMs = 40;

interface Kill {
  /** Page that the cursor stood at when nothing of the dead worker was left: everything below is committed. */
  nextPage: number;
  /** Newest journal entry then. */
  seq: number;
  /** Pages that the dead worker had asked for and not committed. */
  inFlight: number;
  /** From the new worker's ready line to its first commit. */
  goneOnAfterMs: number;
}

export interface KilledRun {
  seed: number;
  receipt: Receipt;
  kills: Kill[];
  /** Wall time from the start of the run to its receipt. */
  seconds: number;
  /** Pages asked for more than once: those that were under way at a kill. */
  askedAgain: number;
  /** What should not be, in words; empty when all is well. */
  complaints: string[];
}

/** One run without a kill, to compare with. */
export async function undisturbedSeconds(world: World): Promise<number> {
  const worker = await world.workerProcess();
  const begun = performance.now();
  await world.sync();
  const seconds = (performance.now() - begun) / 1000;
  await worker.kill();
  return seconds;
}

/** Syncs while the worker is killed with SIGKILL again and again, at moments that `seed` decides. */
export async function syncUnderKills(
  world: World,
  kills: number,
  seed: number,
  onKill: (kill: Kill) => void = () => undefined,
): Promise<KilledRun> {
  const random = new Random(seed);
  const lastPage = Math.ceil([...world.sandbox.records('incentify', stream)].length / perPage);
  const share = Math.floor((lastPage - 6) / kills);
  let worker = await world.workerProcess();
  const begun = performance.now();
  const run = await world.start();
  const done: Kill[] = [];
  for (let number = 0; number < kills; number++) {
    const page = 2 + number * share + random.below(Math.max(1, share - 10));
    const killed = await killAfter(world, worker, page, random.below(2 * latencyMs));
    worker = await world.workerProcess();
    await until('the first commit of the new worker', async () => (await nextPage(world)) > killed.nextPage);
    const kill = { ...killed, goneOnAfterMs: Date.now() - worker.readyAt };
    done.push(kill);
    onKill(kill);
  }
  const receipt = await world.receipt(run, 600_000);
  const seconds = (performance.now() - begun) / 1000;
  await worker.kill();
  const asked = judgeJournal(world, done, lastPage);
  const complaints = [...asked.complaints, ...(await judgeRows(world))];
  return { seed, receipt, kills: done, seconds, askedAgain: asked.askedAgain, complaints };
}

async function nextPage(world: World): Promise<number> {
  const [cursor] = await world.sql<
    { next_page: number }[]
  >`SELECT next_page FROM sync.cursors WHERE stream = ${stream}`;
  return cursor?.next_page ?? 0;
}

async function killAfter(world: World, worker: WorkerProcess, page: number, delayMs: number) {
  await until(`page ${page}`, async () => (await nextPage(world)) >= page, { withinMs: 60_000 });
  await sleep(delayMs);
  await worker.kill();
  // PostgreSQL may still be at work on what the worker sent last.
  await until('the end of its connections', async () => (await backendsOf(world)) === 0);
  const stands = await nextPage(world);
  const journal = world.sandbox.journal({ stream });
  const inFlight = new Set(journal.map((entry) => entry.page).filter((asked) => (asked ?? 0) >= stands)).size;
  return { nextPage: stands, seq: journal.at(-1)?.seq ?? 0, inFlight };
}

async function backendsOf(world: World): Promise<number> {
  const [row] = await world.sql<{ count: number }[]>`
    SELECT count(*)::int FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'incentive-sync worker'`;
  return row?.count ?? 0;
}

function judgeJournal({ sandbox }: World, kills: readonly Kill[], lastPage: number) {
  const complaints: string[] = [];
  let askedAgain = 0;
  for (const name of portfolioStreams) {
    const pages = name === stream ? lastPage : Math.ceil([...sandbox.records('incentify', name)].length / perPage);
    const asked = Map.groupBy(sandbox.journal({ stream: name }), (entry) => entry.page ?? -1);
    for (let page = 1; page <= pages; page++) {
      const times = (asked.get(page) ?? []).map(({ seq }) => seq);
      if (times.length === 0) complaints.push(`page ${page} of ${name} was never asked for`);
      const unexplained = times.slice(1).filter((seq, index) => !explained(name, page, times[index] ?? 0, seq, kills));
      askedAgain += times.length - 1;
      if (unexplained.length > 0) complaints.push(`page ${page} of ${name} was asked for again without need`);
      asked.delete(page);
    }
    if (asked.size > 0) complaints.push(`pages that ${name} does not have were asked for: ${[...asked.keys()]}`);
  }
  return { complaints, askedAgain };
}

/** A page may be asked for again only where a kill in between left it without a commit. */
function explained(name: string, page: number, before: number, again: number, kills: readonly Kill[]): boolean {
  return name === stream && kills.some(({ seq, nextPage: stands }) => before <= seq && seq < again && stands <= page);
}

async function judgeRows({ sql, sandbox }: World): Promise<string[]> {
  const complaints: string[] = [];
  for (const name of portfolioStreams) {
    const found = JSON.stringify(await differences(sql, sandbox, name));
    if (found !== JSON.stringify(none)) complaints.push(`${name} differs from the source: ${found}`);
  }
  return complaints;
}
