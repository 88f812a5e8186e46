import { findTemporalCli } from '../../scripts/lib/temporal-cli.js';

/** The Temporal CLI that the pre-script obtained. */
export function temporalCli(): string {
  const { TEMPORAL_CLI, PATH, XDG_CACHE_HOME, HOME } = process.env;
  const found = findTemporalCli({ explicit: TEMPORAL_CLI, path: PATH, cacheHome: XDG_CACHE_HOME, home: HOME });
  if (found === null) throw new Error('There is no Temporal CLI: run `npm test`, which obtains it.');
  return found.path;
}
