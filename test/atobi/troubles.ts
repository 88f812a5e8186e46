import { expect } from 'vitest';
import type { Patience } from '../../src/activities/failure.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { disagreements, takenTwice, truthOf } from '../support/push-truth.ts';
import type { World } from '../support/world.ts';
import { atobiWorld, fillValues } from './pushing.ts';

export const elements = 120;
export const batches = 12;
export const lanes = 6;
export const kpi = { system: 'atobi', steps: ['kpi'] };
export const token = { system: 'atobi', steps: ['token'] };
/** A vendor that stays away is given up within seconds. */
export const little: Partial<Patience> = { tries: 3, unavailableMs: 1_500, longestDelayMs: 300 };

export async function begin(patience: Partial<Patience> = {}, ...faults: Fault[]): Promise<World> {
  const world = await atobiWorld({ batchElements: elements / batches }, { latencyMs: 20 });
  await world.worker(undefined, patience);
  await fillValues(world, elements);
  world.sandbox.setFaults(faults);
  return world;
}

export const tokenRequests = (world: World) =>
  world.sandbox.journal({ system: 'atobi' }).filter(({ step }) => step === 'token');

/** Milliseconds from the note of the 429 to the next delivery that was written down. */
export async function pauseAfter429(world: World): Promise<number> {
  const [row] = await world.sql<{ ms: number }[]>`
    SELECT extract(epoch FROM min(later.sent_at) - refused.answered_at)::float8 * 1000 AS ms
    FROM atobi.deliveries AS refused JOIN atobi.deliveries AS later ON later.sent_at > refused.answered_at
    WHERE refused.http_status = 429 GROUP BY refused.answered_at`;
  return row?.ms ?? 0;
}

export async function expectAllOnce(world: World): Promise<void> {
  const truth = await truthOf(world);
  expect(disagreements(truth, elements)).toEqual([]);
  expect(takenTwice(truth)).toBe(0);
}
