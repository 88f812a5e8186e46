import { afterEach, describe, expect, it } from 'vitest';
import { latencyMs, syncUnderKills, undisturbedSeconds } from '../support/kills.ts';
import { World } from '../support/world.ts';

/** A seed that a failed test has printed, to kill at the same moments again. */
const replay: number | null = null;
const seed = replay ?? Date.now() % 1_000_000;

const kills = 3;

describe('a worker killed with SIGKILL in the middle of utilizations', () => {
  const worlds: World[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });

  async function world(): Promise<World> {
    const made = await World.create({ sandbox: { latencyMs }, precompute: true });
    worlds.push(made);
    return made;
  }

  it(`loses nothing, doubles nothing, asks for no committed page again (seed ${seed})`, {
    timeout: 120_000,
  }, async () => {
    const undisturbed = await undisturbedSeconds(await world());
    const run = await syncUnderKills(await world(), kills, seed);
    const moments = run.kills.map(
      (kill) => `page ${kill.nextPage}, ${kill.inFlight} in flight, went on after ${kill.goneOnAfterMs} ms`,
    );
    console.log(
      `seed ${seed}: killed at ${moments.join('; ')}; ${run.askedAgain} pages asked for twice; ` +
        `${run.seconds.toFixed(1)} s, undisturbed ${undisturbed.toFixed(1)} s`,
    );
    expect(run.complaints).toEqual([]);
    expect(run.receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(run.receipt.streams.utilizations).toMatchObject({
      total: 10_000,
      fetched: 10_000,
      created: 10_000,
      pages: 200,
    });
    for (const kill of run.kills) {
      expect(kill.nextPage).toBeGreaterThan(1);
      expect(kill.nextPage).toBeLessThanOrEqual(200);
      expect(kill.inFlight).toBeGreaterThan(0);
      expect(kill.goneOnAfterMs).toBeLessThan(10_000);
    }
    expect(run.seconds - undisturbed).toBeLessThan(kills * 15);
  });
});
