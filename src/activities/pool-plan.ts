import { changesOf, endPlan } from '../store/vibes/changes.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';

export interface PoolPlanInput {
  connection: string;
  /** Names the changes in `vibes.pool_changes`. */
  plan: string;
}

/** What became of a plan, counted. */
export interface AppliedPools extends PoolPlanInput {
  done: number;
  refused: number;
  unknown: number;
  /** Why it ended before all was tried; null where all was. */
  failure: string | null;
}

export const createListPoolChanges = ({ store, redact }: ActivityDependencies) =>
  /** The changes of a plan that are not settled, in order. */
  function listPoolChanges({ connection, plan }: PoolPlanInput): Promise<number[]> {
    return withDatabase(redact, async () => {
      const changes = await changesOf(store.sql, connection, plan);
      return changes.filter(({ state }) => state === 'planned' || state === 'sent').map(({ change }) => change);
    });
  };

export const createClosePoolPlan = ({ store, redact }: ActivityDependencies) =>
  /** Settles what was not carried out, and counts. */
  function closePoolPlan(input: PoolPlanInput & { failure: string | null }): Promise<AppliedPools> {
    const { connection, plan, failure } = input;
    return withDatabase(redact, async () => {
      await endPlan(store.sql, connection, plan, failure ?? '');
      const changes = await changesOf(store.sql, connection, plan);
      const count = (wanted: string) => changes.filter(({ state }) => state === wanted).length;
      return { connection, plan, done: count('done'), refused: count('refused'), unknown: count('unknown'), failure };
    });
  };
