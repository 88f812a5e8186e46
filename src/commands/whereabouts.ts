import { delimiter, dirname } from 'node:path';
import { childEnvironment } from '../config/environment.ts';
import type { PlannedSchedule } from '../operations/schedules.ts';
import { moment } from '../screen/format.ts';
import { paint, type Screen } from '../screen/screen.ts';
import { syncWorkflowId, taskQueue, workflowTypes } from '../workflows/names.ts';
import type { OwnInstance } from './own-instance.ts';

/** What a person can do next, each as a line they can type or click. */
export function whereThingsAre(screen: Screen, instance: OwnInstance, schedules: readonly PlannedSchedule[]): string[] {
  const rows = [
    ['look at the runs', instance.webUi ?? `the Web UI of the Temporal at ${instance.temporalAddress}`],
    ['read the tables', databaseLine(instance)],
    ['sync now', syncLine(instance)],
    ['the same with temporal', temporalLine(instance)],
    ['next scheduled run', nextRun(schedules)],
  ] as const;
  const width = Math.max(...rows.map(([what]) => what.length));
  const lines = rows.map(([what, how]) => `  ${paint(screen, 'bold', what.padEnd(width))}  ${how}`);
  return ['', ...lines, '', ...(instance.config.demo ? story(instance) : []), stopLine];
}

/** What goes on in the demo, and where to see it. */
function story(instance: OwnInstance): string[] {
  const command = (what: string) => `${ourCommand()} ${what}${dataDirFlag(instance)}`;
  return [
    'Stay a while: the emulated vendors change by themselves. Credits are utilized and projects approved, so the runs of',
    'each minute have rows to write; after a minute and a half one project no longer fits its columns and is put aside;',
    'new coupons become KPIs that go out; and the first pool of coupons runs low. Alerts appear below. Meanwhile, try:',
    `  ${command('status')}`,
    `  ${command('quarantine list')}`,
    `  ${command('pools list')}`,
    `  ${command('kpi status')}`,
    'With an account of your own, `incentive-sync init` writes the configuration.'.replace(
      'incentive-sync',
      ourCommand(),
    ),
    '',
  ];
}

const stopLine = 'Up and running; Ctrl-C stops everything.';

/** How a person calls our command here: through npm in a clone, by its name where it is installed. */
export function ourCommand(): string {
  return childEnvironment().npm_lifecycle_event === undefined ? 'incentive-sync' : 'npx incentive-sync';
}

function dataDirFlag({ config }: OwnInstance): string {
  const usual = config.dataDirectory === `${process.cwd()}/.incentive-sync`;
  return usual ? '' : ` --data-dir ${quoted(config.dataDirectory)}`;
}

function configFlag({ config }: OwnInstance): string {
  return config.demo || config.file === 'incentive-sync.yaml' ? '' : ` --config ${quoted(config.file)}`;
}

function databaseLine(instance: OwnInstance): string {
  return `psql "$(${ourCommand()} database-url${dataDirFlag(instance)})" -c 'select * from sync.receipts'`;
}

function syncLine(instance: OwnInstance): string {
  const name = instance.config.connections[0]?.name ?? 'NAME';
  return `${ourCommand()} sync ${name} --watch${configFlag(instance)}${dataDirFlag(instance)}`;
}

function temporalLine({ config, temporalCli, temporalAddress, client }: OwnInstance): string {
  const first = config.connections[0];
  if (!first) return '';
  const namespace = client.options.namespace === 'default' ? '' : ` --namespace ${client.options.namespace}`;
  const input = quoted(JSON.stringify(first.name));
  return `${temporalName(temporalCli)} workflow start --address ${temporalAddress}${namespace} --task-queue ${taskQueue} --type ${workflowTypes[first.system]} --workflow-id ${syncWorkflowId(first.name)} --input ${input}`;
}

function temporalName(path: string | null): string {
  if (path === null) return 'temporal';
  const onPath = (childEnvironment().PATH ?? '').split(delimiter).includes(dirname(path));
  return onPath ? 'temporal' : quoted(path);
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function nextRun(schedules: readonly PlannedSchedule[]): string {
  const due = schedules
    .filter((schedule): schedule is PlannedSchedule & { next: Date } => schedule.next !== null)
    .sort((a, b) => a.next.getTime() - b.next.getTime())[0];
  return due
    ? `${due.connection} at ${moment(due.next)}`
    : 'none; a connection gets one by `schedule:` in the configuration';
}
