import type { AppliedPools } from '../activities/pool-plan.ts';
import { commands, fence, page, sentence } from './markdown.ts';

/** Changes that are being carried out: so many of them are through. */
export function describeApplying(connection: string, through: number, changes: number): string {
  return page([
    `**running** · ${sentence(connection)} (vibes), changes of pools approved by a person`,
    `${through} of ${changes} carried out.`,
    commands(['incentive-sync pools list']),
  ]);
}

/** What became of the changes. */
export function describeApplied({ connection, plan, done, refused, unknown, failure }: AppliedPools): string {
  const looked = `select * from vibes.pool_changes where plan = '${plan}'`;
  return page([
    `**${statusOf({ refused, unknown, failure })}** · ${sentence(connection)} (vibes), changes of pools approved by a person`,
    `${done} done, ${refused} refused, ${unknown} unknown.`,
    ...(failure === null ? [] : [fence([failure])]),
    commands(['incentive-sync pools list', `psql "$(incentive-sync database-url)" -c "${looked}"`]),
  ]);
}

/** As a run's, so that one search finds all that went wrong. */
export function statusOf({ refused, unknown, failure }: Pick<AppliedPools, 'refused' | 'unknown' | 'failure'>) {
  if (failure !== null) return 'failed';
  return refused + unknown > 0 ? 'partial' : 'completed';
}
