import { type KilledLoad, loadUnderKills, worldOfOneFile } from '../test/support/export-kills.ts';
import { withServers } from './servers.ts';

const kills = 20;
const rows = 1_000_000;

/** 20 times SIGKILL in the middle of one file of 1,000,000 rows. `words`: a seed, to see the same kills again. */
export async function prove(words: string[]) {
  const seed = Number(words[0] ?? Date.now() % 1_000_000);
  process.stderr.write(`Killing a worker ${kills} times in the middle of a file, seed ${seed} …\n`);
  return withServers(async (servers) => {
    const world = await worldOfOneFile(rows, servers);
    try {
      const load = await loadUnderKills(
        world,
        { kills, seed, bytesPerSecond: 20_000_000 },
        ({ bytesDone, lost, goneOnAfterMs }) => {
          process.stderr.write(
            `  killed at byte ${bytesDone}, ${lost} bytes lost; went on after ${goneOnAfterMs} ms\n`,
          );
        },
      );
      return { figures: figuresOf(load, seed), complaints: load.complaints };
    } finally {
      await world.close();
    }
  });
}

function figuresOf({ kills: done, size, sent, seconds }: KilledLoad, seed: number) {
  const waits = done.map(({ goneOnAfterMs }) => goneOnAfterMs).toSorted((a, b) => a - b);
  return {
    seed,
    kills,
    rows,
    killedAtPercent: done.map(({ bytesDone }) => Math.round((100 * bytesDone) / size)),
    bytesOfFile: size,
    bytesSent: sent,
    megabytesLostPerKill: Math.round((sent - size) / kills / 1e5) / 10,
    firstCommitAfterReadyMs: { least: waits[0], median: waits[kills / 2], most: waits.at(-1) },
    seconds: Math.round(seconds * 10) / 10,
  };
}
