import type { Receipt } from '../../src/receipt.ts';
import type { World } from './world.ts';

/** Syncs while every third answer of utilizations is a 500, so that nearly every attempt fails. */
export async function syncWithFailures(world: World): Promise<{ seconds: number; receipt: Receipt }> {
  world.sandbox.setFaults([{ kind: 'status', status: 500, every: 3, streams: ['utilizations'] }]);
  const begun = performance.now();
  const receipt = await world.sync();
  return { seconds: (performance.now() - begun) / 1000, receipt };
}
