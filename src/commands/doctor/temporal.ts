import { TemporalUnreachableError } from '../../operations/connect.ts';
import { planSearchAttributes } from '../../operations/search-attributes.ts';
import { temporalSettings } from '../../operations/target.ts';
import { duration } from '../../screen/format.ts';
import { searchAttributeNames } from '../../workflows/names.ts';
import { failed, type Line, ok, warning } from './finding.ts';
import type { Site } from './site.ts';

export async function checkTemporal(site: Site): Promise<Line[]> {
  const begun = performance.now();
  try {
    await site.reachTemporal();
  } catch (error) {
    if (!(error instanceof TemporalUnreachableError)) throw error;
    const [what = '', ...then] = error.message.split('. ');
    return [failed('Temporal', what, site.running === null ? then.join('. ') : restarts)];
  }
  return [ok('Temporal', `${placeOf(site)} answers, in ${Math.round(performance.now() - begun)} ms`)];
}

const restarts = 'incentive-sync starts it again by itself; look again in some seconds.';

function placeOf({ own, running }: Site): string {
  const target = own.temporal ?? running?.temporal;
  return (target && temporalSettings(target).connectionOptions.address) ?? 'localhost:7233';
}

/** Less, and what a run did can no longer be looked at on the next day. */
const shortestRetentionSeconds = 86_400;

export async function checkNamespace(site: Site): Promise<Line[]> {
  const [client, state] = await Promise.all([site.temporal(), site.lookAtNamespace()]);
  const { namespace } = client.options;
  const typed = (verb: string) =>
    `\`temporal operator namespace ${verb} --address ${placeOf(site)} --namespace ${namespace} --retention 168h\``;
  if (!state.found) {
    const remedy = `Correct TEMPORAL_NAMESPACE, or make it: ${typed('create')}`;
    return [failed('namespace', `there is no ${namespace}`, remedy)];
  }
  const { retentionSeconds: kept } = state;
  if (kept === null) return [ok('namespace', `${namespace} is there; how long it keeps runs is not told`)];
  const sentence = `${namespace} keeps runs that have ended for ${duration(kept)}`;
  if (kept >= shortestRetentionSeconds) return [ok('namespace', sentence)];
  return [warning('namespace', `${sentence}, which is short`, `Type ${typed('update')}`)];
}

const attributes = 'search attributes';

export async function checkAttributes(site: Site): Promise<Line[]> {
  const state = await planSearchAttributes(await site.namespace());
  if (!state.ready) {
    const [sentence = '', remedy = null] = state.sentence.split(' To have them, ');
    return [warning(attributes, sentence, remedy === null ? null : `To have them, ${remedy}`)];
  }
  const missing = state.registered;
  if (missing.length === 0) return [ok(attributes, Object.values(searchAttributeNames).join(', '))];
  const sentence = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not registered, so runs cannot be found by ${missing.length === 1 ? 'it' : 'them'}`;
  return [warning(attributes, sentence, `Type \`${site.command('apply')}\`.`)];
}
