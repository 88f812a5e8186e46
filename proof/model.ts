import fc from 'fast-check';
import { Stage } from '../test/model/play.ts';
import { scenarios } from '../test/model/scenario.ts';
import { startServers } from '../test/support/servers.ts';

/** Scenarios, and how many of them are played with workers that are killed. */
const many = { restarts: 40, kills: 12 };
const rounds = 4;

/**
 * Plays random sequences of changes, faults, kills and resyncs against the real servers and compares the tables with a
 * small model after each run. `MODEL_SEED=<number>` plays the same again. Rejects at the first that does not hold.
 */
export async function run(): Promise<void> {
  const seed = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.error(`model: seed ${seed}`);
  const servers = await startServers();
  try {
    await playAll('inside', many.restarts, seed, servers);
    await playAll('processes', many.kills, seed, servers);
  } finally {
    await servers.stop();
  }
}

type Servers = Awaited<ReturnType<typeof startServers>>;

async function playAll(
  workers: 'inside' | 'processes',
  numRuns: number,
  seed: number,
  servers: Servers,
): Promise<void> {
  const ended: Record<string, number> = {};
  const stage = await Stage.open(workers, servers);
  try {
    let played = 0;
    await fc.assert(
      fc.asyncProperty(scenarios(rounds), async (scenario) => {
        for (const status of await stage.play(scenario)) ended[status] = (ended[status] ?? 0) + 1;
        played += 1;
        console.error(`model, workers ${workers}: ${played} of ${numRuns} scenarios, runs ${JSON.stringify(ended)}`);
      }),
      { seed, numRuns, endOnFailure: true },
    );
  } finally {
    await stage.close();
  }
}
