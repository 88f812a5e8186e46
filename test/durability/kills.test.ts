import { afterEach, describe, expect, it } from 'vitest';
import { latencyMs, syncUnderKills } from '../support/kills.ts';
import { World } from '../support/world.ts';

/** A seed that a failed test has printed, to kill at the same moments again. */
const replay: number | null = null;
const seed = replay ?? Date.now() % 1_000_000;

const kills = 3;
const pages = 100;
const sizes = { projects: 50, credits: 50, utilizations: 50 * pages };

describe('a worker killed with SIGKILL in the middle of utilizations', () => {
  let world: World;
  afterEach(() => world.close());

  /** What Temporal would wait before the hundredth attempt of the same activity: kills in a row must not add up. */
  async function longestWaitMs(runId: string): Promise<number> {
    const history = await world.client.workflow.getHandle('sync/portfolio', runId).fetchHistory();
    const waits = (history.events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
      if (scheduled?.activityType?.name !== 'readPages') return [];
      const { initialInterval, backoffCoefficient, maximumInterval } = scheduled.retryPolicy ?? {};
      const grown = msOf(initialInterval) * (backoffCoefficient ?? 2) ** 99;
      return [Math.min(grown, msOf(maximumInterval) || Number.POSITIVE_INFINITY)];
    });
    expect(waits.length).toBeGreaterThan(0);
    return Math.max(...waits);
  }

  it(`loses nothing, doubles nothing, asks for no committed page again (seed ${seed})`, {
    timeout: 120_000,
  }, async () => {
    world = await World.create({ sandbox: { sizes, latencyMs } });
    const run = await syncUnderKills(world, kills, seed);
    const moments = run.kills.map(
      (kill) => `page ${kill.nextPage}, ${kill.inFlight} in flight, went on after ${kill.goneOnAfterMs} ms`,
    );
    console.log(
      `seed ${seed}: killed at ${moments.join('; ')}; ${run.askedAgain} pages asked for twice; ` +
        `${run.seconds.toFixed(1)} s in all`,
    );
    expect(run.complaints).toEqual([]);
    expect(run.receipt).toMatchObject({ status: 'completed', reasons: [] });
    const all = 50 * pages;
    expect(run.receipt.streams.utilizations).toMatchObject({ total: all, fetched: all, created: all, pages });
    for (const kill of run.kills) {
      expect(kill.nextPage).toBeGreaterThan(1);
      expect(kill.nextPage).toBeLessThanOrEqual(pages);
      expect(kill.inFlight).toBeGreaterThan(0);
      expect(kill.goneOnAfterMs).toBeLessThan(10_000);
    }
    // Undisturbed it would take some three seconds.
    expect(run.seconds).toBeLessThan(kills * 15);
    expect(await longestWaitMs(run.receipt.runId)).toBeLessThan(1_000);
  });
});

type Duration = { seconds?: { toString(): string } | null; nanos?: number | null } | null | undefined;

const msOf = (duration: Duration): number => Number(duration?.seconds ?? 0) * 1000 + (duration?.nanos ?? 0) / 1e6;
