import { Random } from '../src/sandbox/random.ts';
import { atobiWorld } from '../test/atobi/pushing.ts';
import { mostRequests, poisonComplaints, pushPoison } from '../test/support/push-poison.ts';
import { withServers } from './servers.ts';

const [elements, bad, batchElements] = [10_000, 7, 500];

/** 10,000 elements with 7 among them that the vendor refuses. `words`: a seed, for the same ones again. */
export async function prove(words: string[]) {
  const seed = Number(words[0] ?? Date.now() % 1_000_000);
  const random = new Random(seed);
  const chosen = new Set<string>();
  while (chosen.size < bad) chosen.add(`u${1 + random.below(elements)}`);
  const poison = [...chosen];
  process.stderr.write(`Pushing ${elements} elements, ${bad} of them at fault, seed ${seed} …\n`);
  return withServers(async (servers) => {
    const world = await atobiWorld({ batchElements }, {}, servers);
    try {
      await world.workerProcess();
      const begun = performance.now();
      const pushed = await pushPoison(world, elements, poison);
      const { accepted, aside, requests } = pushed;
      const figures = {
        ...{ seed, elements, batchElements, atFault: poison, accepted: accepted.length },
        quarantined: aside.length,
        requests,
        mostRequests: mostRequests(elements, bad, batchElements),
        seconds: Math.round((performance.now() - begun) / 100) / 10,
        anAnswer: aside[0]?.reason,
      };
      return { figures, complaints: poisonComplaints(pushed, { elements, poison, batchElements }) };
    } finally {
      await world.close();
    }
  });
}
