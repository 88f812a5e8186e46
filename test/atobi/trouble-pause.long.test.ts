import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../support/world.ts';
import { kpiRequests } from './pushing.ts';
import { batches, begin, expectAllOnce, kpi, pauseAfter429 } from './troubles.ts';

let world: World;
afterEach(() => world.close());

describe('a vendor that asks for a pause', () => {
  it.each([['in seconds', { retryAfterSeconds: 2, retryAfterAs: 'seconds' as const }, 1_900]])(
    '%s gets it from the whole connection, and then everything at once',
    async (_, how, leastMs) => {
      world = await begin({}, { kind: 'status', ...kpi, skip: 3, first: 1, status: 429, ...how });
      expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
      const pause = await pauseAfter429(world);
      expect(pause).toBeGreaterThan(leastMs);
      expect(pause).toBeLessThan(leastMs + 4_000);
      expect(kpiRequests(world)).toHaveLength(batches + 1);
      await expectAllOnce(world);
      const [row] = await world.sql`SELECT failures FROM atobi.budgets`;
      expect(row?.failures).toBe(0);
    },
  );
});
