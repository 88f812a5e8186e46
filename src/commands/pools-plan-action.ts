import { ConfigurationError } from '../errors.ts';
import type { Screen } from '../screen/screen.ts';
import { isToDo, type PlannedPool, planPools } from '../vendors/vibes/plan.ts';
import { planDocument, planLines } from './pools-plan-lines.ts';
import { knownPools, type PoolsSite, poolsSite } from './pools-site.ts';
import { type CommonOptions, exitCodes, leave, printJson } from './shared.ts';

const toDo = 3;

/** Shows what would have to be done; leaves with 3 where there is something. */
export async function planAction(name: string, options: CommonOptions, screen: Screen): Promise<void> {
  const site = await poolsSite(name, options);
  const planned = await planOf(site);
  for (const line of planLines(name, planned, screen)) screen.line(line);
  if (options.json) await printJson(planDocument(name, planned));
  if (planned.some(({ kind }) => kind === 'refused')) await leave(exitCodes.usage);
  await leave(planned.some(isToDo) ? toDo : exitCodes.ok);
}

/** @throws ConfigurationError where the file declares no pools. */
export async function planOf(site: PoolsSite): Promise<PlannedPool[]> {
  const { config, connection, pools } = site;
  if (connection.pools === undefined) {
    throw new ConfigurationError(
      `The connection \`${connection.name}\` declares no pools in ${config.file}: write them below its \`pools:\`, or use \`incentive-sync pools create\` and \`update\`.`,
    );
  }
  return planPools(connection.pools, pools, await knownPools(site));
}
