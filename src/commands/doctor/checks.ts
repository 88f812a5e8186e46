import { SyncError } from '../../errors.ts';
import { connectionChecks } from './connections.ts';
import { checkDatabase, checkMigrations, checkRights, checkServer, checkTransactions } from './database.ts';
import { type Finding, failed, type Group, type Line, skipped, Unreached } from './finding.ts';
import { checkDataFolder, checkDisk, checkNode } from './machine.ts';
import { checkAlerts, checkKpis, checkQuarantine, checkRows } from './records.ts';
import { checkRuns } from './runs.ts';
import { checkSchedules } from './schedules.ts';
import { checkServers } from './servers.ts';
import { checkEnvironment, checkFile, checkSecrets } from './settings.ts';
import type { Site } from './site.ts';
import { checkAttributes, checkNamespace, checkTemporal } from './temporal.ts';
import { checkWorkers } from './workers.ts';

export interface Check {
  readonly group: Group;
  /** Names it where it cannot be made. */
  readonly what: string;
  run(site: Site): Promise<readonly Line[]>;
}

const checks: readonly Check[] = [
  { group: 'machine', what: 'Node', run: checkNode },
  { group: 'machine', what: 'data folder', run: checkDataFolder },
  { group: 'machine', what: 'disk', run: checkDisk },
  { group: 'configuration', what: 'environment', run: checkEnvironment },
  { group: 'configuration', what: 'file', run: checkFile },
  { group: 'configuration', what: 'secrets', run: checkSecrets },
  { group: 'servers', what: 'incentive-sync', run: checkServers },
  { group: 'database', what: 'database', run: checkDatabase },
  { group: 'database', what: 'server', run: checkServer },
  { group: 'database', what: 'rights', run: checkRights },
  { group: 'database', what: 'tables', run: checkMigrations },
  { group: 'database', what: 'transactions', run: checkTransactions },
  { group: 'Temporal', what: 'Temporal', run: checkTemporal },
  { group: 'Temporal', what: 'namespace', run: checkNamespace },
  { group: 'Temporal', what: 'search attributes', run: checkAttributes },
  { group: 'Temporal', what: 'workers', run: checkWorkers },
  { group: 'Temporal', what: 'schedules', run: checkSchedules },
  { group: 'runs', what: 'runs', run: checkRuns },
  { group: 'runs', what: 'rows', run: checkRows },
  { group: 'runs', what: 'quarantine', run: checkQuarantine },
  { group: 'runs', what: 'KPIs', run: checkKpis },
  { group: 'runs', what: 'alerts', run: checkAlerts },
];

/** None may hold the others up: together they take no longer than the slowest may. */
const limitMs = 12_000;

/** Makes every check at once; the answers are in the order in which they are to be told. */
export function makeChecks(site: Site): Promise<Finding[]>[] {
  return [...checks, ...connectionChecks(site)].map((check) => make(check, site));
}

async function make(check: Check, site: Site): Promise<Finding[]> {
  const lines = await bounded(check, site).catch((error: unknown) => [lineOf(error, check)]);
  return lines.map((line) => ({
    ...line,
    group: check.group,
    sentence: site.redact(line.sentence),
    remedy: line.remedy === null ? null : site.redact(line.remedy),
  }));
}

function bounded(check: Check, site: Site): Promise<readonly Line[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Line[]>();
  const late = failed(check.what, `gave no answer within ${limitMs / 1000} s`, null);
  const timer = setTimeout(() => resolve([late]), limitMs);
  return Promise.race([check.run(site), promise]).finally(() => clearTimeout(timer));
}

/** What is not there is told once, by the line that looked for it. */
function lineOf(error: unknown, { what }: Check): Line {
  if (error instanceof Unreached) return skipped(what, error.message);
  if (error instanceof SyncError) return failed(what, error.message, null);
  return failed(what, `could not be looked at: ${error instanceof Error ? error.message : String(error)}`, null);
}
