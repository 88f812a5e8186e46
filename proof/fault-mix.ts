import { runMix } from '../test/support/mix.ts';
import { startServers } from '../test/support/servers.ts';

/**
 * Three minutes of faults and changes by chance. Every run must tell the truth of itself, and once all is quiet the next
 * one must complete and equal the source. MIX_SEED repeats a sequence.
 *
 * @throws when anything was told wrongly.
 */
export async function run() {
  const seed = Number(process.env.MIX_SEED ?? Date.now() % 1_000_000);
  process.stderr.write(`The mix of faults and edits has the seed ${seed}; MIX_SEED=${seed} repeats it.\n`);
  const servers = await startServers();
  try {
    const figures = await runMix(seed, 180, { servers });
    if (figures.wrong.length > 0) throw new Error(`Seed ${seed}: ${figures.wrong.join('\n')}`);
    return figures;
  } finally {
    await servers.stop();
  }
}
