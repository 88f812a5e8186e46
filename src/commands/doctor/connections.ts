import type { Connection } from '../../config/schema.ts';
import { type Finding as Found, findings } from '../check-findings.ts';
import { askAll } from '../check-probes.ts';
import type { Check } from './checks.ts';
import { type Line, ok, skipped, warning } from './finding.ts';
import type { Site } from './site.ts';

/** A vendor that is silent is told while the other checks are under way, and so is one that answers ever so slowly. */
const requestMs = 4_000;
const vendorMs = 10_000;

/** One check for each connection of the file, so that all vendors are asked side by side. */
export function connectionChecks(site: Site): Check[] {
  const { inspected, asked, running, connections } = site;
  const skip = (sentence: string): Check[] => [one('vendors', async () => [skipped('vendors', sentence)])];
  if (asked.offline) return skip('--offline');
  if (inspected === null) return skip('needs the file, which cannot be read');
  if (inspected.config.demo && running === null)
    return skip('the demo’s sandbox runs only with `incentive-sync start`');
  const names = asked.connection === undefined ? inspected.names : [asked.connection];
  return names.map((name) => {
    const connection = connections.find((candidate) => candidate.name === name);
    if (connection !== undefined) return one(name, () => ask(site, connection));
    return one(name, async () => [skipped('vendor', 'its settings are wrong: see configuration', name)]);
  });
}

const one = (what: string, run: Check['run']): Check => ({ group: 'vendors', what, run });

async function ask({ asked: { signal }, command }: Site, connection: Connection): Promise<Line[]> {
  const { name, system, baseUrl: pointsAt } = connection;
  const late = AbortSignal.timeout(vendorMs);
  const timeout = Math.min(connection.timeout, requestMs);
  try {
    const { streams, asked } = await askAll({ ...connection, timeout }, AbortSignal.any([signal, late]));
    const found = findings({ pointsAt, system }, streams, asked);
    const about = found.filter(({ what }) => !streams.includes(what));
    return [...about.map((line) => lineOf(line, name)), ...streamLines(found, streams, name)];
  } catch (error) {
    if (!late.aborted) throw error;
    const remedy = `Give it more time: \`${command(`check ${name}`)}\`.`;
    return [warning('address', `${pointsAt} has not answered everything within ${vendorMs / 1000} s`, remedy, name)];
  }
}

function lineOf({ what, state, sentence, remedy }: Found, connection: string): Line {
  return { what, state, sentence, remedy, connection };
}

/** Streams that may be read share a line; where nothing may, address and key have told why. */
function streamLines(found: readonly Found[], streams: readonly string[], connection: string): Line[] {
  const own = found.filter(({ what }) => streams.includes(what));
  const readable = own.filter(({ state }) => state === 'ok').map(({ what }) => what);
  if (readable.length === 0) return [];
  const wrong = own.filter(({ state }) => state !== 'ok').map((line) => lineOf(line, connection));
  return [ok('streams', `${readable.join(', ')} can be read`, connection), ...wrong];
}
