import { afterEach, describe, expect, it } from 'vitest';
import { loadUnderKills, worldOfOneFile } from '../support/export-kills.ts';
import type { World } from '../support/world.ts';

/** A seed that a failed test has printed, to kill at the same moments again. */
const replay: number | null = null;
const seed = replay ?? Date.now() % 1_000_000;

const kills = 3;
const rows = 150_000;

describe('a worker killed with SIGKILL in the middle of a file', () => {
  let world: World;
  afterEach(() => world.close());

  it(`loses no row, doubles none, and goes on in the same file (seed ${seed})`, { timeout: 120_000 }, async () => {
    world = await worldOfOneFile(rows);
    const load = await loadUnderKills(world, { kills, seed, bytesPerSecond: 4_000_000 });
    const moments = load.kills.map(
      ({ bytesDone, lost, goneOnAfterMs }) =>
        `byte ${bytesDone}, ${lost} bytes lost, went on after ${goneOnAfterMs} ms`,
    );
    console.log(
      `seed ${seed}: killed at ${moments.join('; ')}; ${load.sent} bytes sent of ${load.size}, ${load.seconds.toFixed(1)} s`,
    );
    expect(load.complaints).toEqual([]);
    expect(load.kills).toHaveLength(kills);
    expect(load.sent - load.size).toBeGreaterThan(0);
  });
});
