import type { Client } from '@temporalio/client';
import type { Connection } from '../../config/schema.ts';
import { lookAtRun, type OpenRun } from '../../operations/open-runs.ts';
import { duration } from '../../screen/format.ts';
import { type UnendedRun, unendedRuns } from '../../store/standing.ts';
import { failed, type Line, ok, warning } from './finding.ts';
import type { Site, Tables } from './site.ts';

const what = 'run';
const quietSeconds = 900;
const manyAttempts = 10;
const untakenMs = 60_000;
const daySeconds = 86_400;

/** Runs that do not get on, by what the database and Temporal know; a run that is well needs no line. */
export async function checkRuns(site: Site): Promise<Line[]> {
  const [client, { sql, installation }] = await Promise.all([site.namespace(), site.tables()]);
  const noted = (await unendedRuns(sql)).filter(({ connection }) => isAsked(site, connection));
  const open = await openRuns(client, [...site.connections, ...noted.map(runnable)], installation);
  const gone = noted.filter(({ connection, runId }) => open.get(connection)?.id !== runId);
  const lines = [
    ...(await forgottenLines(site, sql, gone)),
    ...noted.filter((run) => !gone.includes(run)).flatMap((run) => stuckLines(site, run, open.get(run.connection))),
    ...[...open].flatMap(([connection, run]) => untakenLines(site, connection, run, noted)),
  ];
  return lines.length > 0
    ? lines
    : [ok('runs', open.size === 0 ? 'none is under way' : `${open.size} under way get on`)];
}

function isAsked({ asked }: Site, connection: string): boolean {
  return asked.connection === undefined || asked.connection === connection;
}

const runnable = ({ connection, system }: UnendedRun) => ({ name: connection, system });

async function openRuns(
  client: Client,
  connections: readonly Pick<Connection, 'name' | 'system'>[],
  installation: string,
): Promise<Map<string, OpenRun>> {
  const distinct = new Map(connections.map((connection) => [connection.name, connection]));
  const entries = [...distinct].map(
    async ([name, connection]) => [name, await lookAtRun(client, connection, installation)] as const,
  );
  return new Map((await Promise.all(entries)).filter((entry): entry is [string, OpenRun] => entry[1] !== null));
}

/** A run's last step is to note its end, so one that has ended between our two questions is noted by now. */
async function forgottenLines({ command }: Site, sql: Tables['sql'], gone: readonly UnendedRun[]): Promise<Line[]> {
  if (gone.length === 0) return [];
  const still = await unendedRuns(sql);
  const forgotten = gone.filter(({ runId }) => still.some((run) => run.runId === runId));
  return forgotten.map(({ connection, runId }) =>
    failed(
      what,
      `${runId} is noted as under way, but Temporal has ended it: it was terminated`,
      `The next run puts that right: \`${command(`sync ${connection}`)}\`.`,
      connection,
    ),
  );
}

function stuckLines(site: Site, noted: UnendedRun, open: OpenRun | undefined): Line[] {
  if (noted.status === 'parked') return [parkedLine(site, noted)];
  if (noted.status === 'paused') return pausedLines(site, noted);
  const quiet = noted.quietSeconds > quietSeconds ? [`has stored nothing for ${duration(noted.quietSeconds)}`] : [];
  const attempts = open?.attempts ?? 0;
  const tried = attempts > manyAttempts ? [`is at its ${attempts}th attempt`] : [];
  if (quiet.length + tried.length === 0) return [];
  const why = open?.waiting == null ? '' : `: ${open.waiting}`;
  const remedy = `Type \`${site.command(`check ${noted.connection}`)}\`, which asks the vendor.`;
  return [warning(what, `${[...quiet, ...tried].join(' and ')}${why}`, remedy, noted.connection)];
}

function parkedLine({ command }: Site, { connection, waitsFor, waitsWhy, statusSeconds }: UnendedRun): Line {
  const waits = waitsFor === null ? 'a person' : (waitedFor[waitsFor] ?? 'a person');
  const why = waitsWhy === null ? '' : ` (${waitsWhy})`;
  const sentence = `is parked for ${duration(statusSeconds)} and waits for ${waits}${why}`;
  const tell = waitsFor === 'deletes' || waitsFor === 'push' ? toApprove[waitsFor] : 'resume';
  const remedy = `Type \`${command(`${tell} ${connection}`)}\`.`;
  return (statusSeconds > daySeconds ? failed : warning)(what, sentence, remedy, connection);
}

const waitedFor: Readonly<Record<string, string>> = {
  credential: 'a key that is accepted',
  settings: 'settings that the vendor accepts',
  deletes: 'somebody to approve the rows that it wants to mark as deleted',
  push: 'somebody to let a large push go',
};

const toApprove = { deletes: 'approve-deletes', push: 'kpi push' };

function pausedLines({ command }: Site, { connection, statusSeconds }: UnendedRun): Line[] {
  if (statusSeconds <= daySeconds) return [];
  const remedy = `Type \`${command(`resume ${connection}`)}\`, or \`${command(`cancel ${connection}`)}\`.`;
  return [warning(what, `is paused by a person for ${duration(statusSeconds)}`, remedy, connection)];
}

/** Its first step notes it: without that, no worker has taken it. */
function untakenLines({ command }: Site, connection: string, run: OpenRun, noted: readonly UnendedRun[]): Line[] {
  const waitedMs = Date.now() - run.startedAt.getTime();
  if (waitedMs < untakenMs || noted.some(({ runId }) => runId === run.id)) return [];
  const sentence = `${run.id} waits for ${duration(waitedMs / 1000)}, and no worker has taken it`;
  return [failed(what, sentence, `Type \`${command('worker')}\`, and leave it running.`, connection)];
}
