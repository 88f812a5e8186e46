import { ownerOf } from '../../runtime/data-dir.ts';
import { moment } from '../../screen/format.ts';
import { failed, type Line, ok, skipped } from './finding.ts';
import type { Site } from './site.ts';

const what = 'incentive-sync';

/** What runs here, or what stands in for it. */
export async function checkServers({ running, own, environment, dataDirectory, command }: Site): Promise<Line[]> {
  if (running !== null) return [ok(what, `runs since ${moment(new Date(running.startedAt))} (process ${running.pid})`)];
  if (environment.length > 0) return [skipped(what, 'needs the environment, which is wrong')];
  if (own.databaseUrl !== undefined && own.temporal !== undefined) {
    return [ok(what, 'uses your own servers, by DATABASE_URL and TEMPORAL_ADDRESS')];
  }
  const starting = ownerOf(dataDirectory);
  if (starting !== null) {
    return [failed(what, `is starting or stopping (process ${starting.pid})`, 'Look again in some seconds.')];
  }
  const remedy = `Type \`${command('start')}\`, and leave it running.`;
  if (own.databaseUrl === undefined && own.temporal === undefined) return [failed(what, 'is not running', remedy)];
  const [named, lacking] =
    own.databaseUrl === undefined ? ['TEMPORAL_ADDRESS', 'database'] : ['DATABASE_URL', 'Temporal'];
  return [failed(what, `is not running, so there is no ${lacking} besides what ${named} names`, remedy)];
}
