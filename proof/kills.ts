import { type KilledRun, latencyMs, syncUnderKills, undisturbedSeconds } from '../test/support/kills.ts';
import type { Servers } from '../test/support/servers.ts';
import { World } from '../test/support/world.ts';
import { withServers } from './servers.ts';

const kills = 20;
const sizes = { projects: 200, credits: 1_000, utilizations: 50_000 };

/** 20 times SIGKILL in the middle of one run. `words`: a seed, to see the same kills again. */
export async function prove(words: string[]) {
  const seed = Number(words[0] ?? Date.now() % 1_000_000);
  process.stderr.write(`Killing a worker ${kills} times in the middle of a run, seed ${seed} …\n`);
  return withServers(async (servers) => {
    const undisturbed = await inWorld(servers, undisturbedSeconds);
    process.stderr.write(`  undisturbed: ${undisturbed.toFixed(1)} s\n`);
    const run = await inWorld(servers, (world) =>
      syncUnderKills(world, kills, seed, ({ nextPage, inFlight, goneOnAfterMs }) => {
        process.stderr.write(
          `  killed at page ${nextPage}, ${inFlight} in flight; went on after ${goneOnAfterMs} ms\n`,
        );
      }),
    );
    return judge(run, undisturbed);
  });
}

async function inWorld<T>(servers: Servers, work: (world: World) => Promise<T>): Promise<T> {
  const world = await World.create({ servers, sandbox: { latencyMs, sizes }, precompute: true });
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}

function judge(run: KilledRun, undisturbed: number) {
  const waits = run.kills.map(({ goneOnAfterMs }) => goneOnAfterMs).toSorted((a, b) => a - b);
  const perKill = (run.seconds - undisturbed) / kills;
  const complaints = [...run.complaints];
  if (run.receipt.status !== 'completed') complaints.push(`the run ended ${run.receipt.status}`);
  if (run.kills.some(({ inFlight }) => inFlight === 0)) complaints.push('a kill met no request under way');
  if ((waits.at(-1) ?? 0) > 10_000) complaints.push('a new worker took more than 10 s to its first commit');
  if (perKill > 15) complaints.push('a kill cost more than 15 s');
  const figures = {
    seed: run.seed,
    kills,
    rows: Object.values(sizes).reduce((sum, size) => sum + size, 0),
    killedAtPages: run.kills.map(({ nextPage }) => nextPage),
    requestsInFlight: run.kills.map(({ inFlight }) => inFlight),
    pagesAskedForTwice: run.askedAgain,
    committedPagesAskedForAgain: run.complaints.filter((complaint) => complaint.includes('without need')).length,
    firstCommitAfterReadyMs: { least: waits[0], median: waits[kills / 2], most: waits.at(-1) },
    secondsUndisturbed: round(undisturbed),
    seconds: round(run.seconds),
    secondsPerKill: round(perKill),
  };
  return { figures, complaints };
}

const round = (value: number): number => Math.round(value * 10) / 10;
