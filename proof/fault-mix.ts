import { runMix } from '../test/support/mix.ts';
import { startServers } from '../test/support/servers.ts';

/**
 * Three minutes of faults and changes by chance. Every run must tell the truth of itself, and once all is quiet the next
 * one must complete and equal the source.
 *
 * `npm run proof -- fault-mix SEED` repeats a sequence.
 */
export async function prove([given]: string[]) {
  const seed = Number(given ?? Date.now() % 1_000_000);
  process.stderr.write(
    `The mix of faults and edits has the seed ${seed}; npm run proof -- fault-mix ${seed} repeats it.\n`,
  );
  const servers = await startServers();
  try {
    const figures = await runMix(seed, 180, { servers });
    const { wrong, ...counted } = figures;
    return { figures: counted, complaints: wrong };
  } finally {
    await servers.stop();
  }
}
