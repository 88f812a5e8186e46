import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import postgres, { type Sql } from 'postgres';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { sandboxVariables } from '../../src/commands/sandbox-variables.ts';
import { startRun } from '../../src/operations/runs.ts';
import { readRunning } from '../../src/runtime/data-dir.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import { outputOf, type Typed, type } from './shell.ts';

/** Connections of the demo that have a schedule. */
const scheduled = ['portfolio', 'games', 'coupons', 'staff'];

export const dataDir = mkdtempSync(join(tmpdir(), 'readme-'));
export const more = `--data-dir ${dataDir}`;
export let instance: Typed;
export let sql: Sql;
export let client: Client;
/** Address of the demo's sandbox. */
export let sandboxUrl: string;

/** The line that a person types first, with a data folder of the test's own. */
beforeAll(async () => {
  instance = type(`npm start -- ${more}`);
  await instance.says('Ctrl-C stops everything');
  const url = (await outputOf(`npx incentive-sync database-url ${more}`)).trim();
  sql = postgres(url, { max: 1, onnotice: () => {} });
  const { temporal, sandboxUrl: address } = (await readRunning(dataDir))!;
  client = new Client({
    connection: await Connection.connect({ address: temporal.address }),
    namespace: temporal.namespace,
  });
  sandboxUrl = address!;
  await pauseSchedules();
}, 240_000);

afterEach(async () => {
  if (instance.over()) return;
  await sandbox('POST', 'reset');
  // A test that failed must not leave its run to the next.
  await handle()
    .terminate()
    .catch(() => undefined);
});

afterAll(async () => {
  await client?.connection.close();
  await sql?.end();
  if (instance !== undefined) {
    instance.signalGroup('SIGTERM');
    await instance.ended;
  }
  rmSync(dataDir, { recursive: true, force: true });
});

/** The demo's runs of each minute would come between what is typed and what is looked at. */
export const pauseSchedules = async () => {
  for (const name of scheduled) await client.schedule.getHandle(`sync/${name}`).pause('tests');
  for (const name of scheduled) {
    const run = client.workflow.getHandle(`sync/${name}`);
    await run.result().catch(() => undefined);
  }
};

/** The demo's sandbox, by its admin API. */
export const sandbox = async (method: string, path: string, body?: unknown) => {
  const answer = await fetch(`${sandboxUrl}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text());
};

const handle = () => client.workflow.getHandle('sync/portfolio');
export const progress = () => handle().query(progressQuery);
export const shows = (status: string) =>
  expect.poll(async () => (await progress()).status, { timeout: 20_000, interval: 100 }).toBe(status);

/** A run of projects and credits, or of these streams. */
export const start = async (streams = ['projects', 'credits']) => {
  const [installation] = await sql<{ id: string }[]>`SELECT id::text FROM sync.installation`;
  const options = { trigger: 'person', installation: installation!.id, searchAttributes: true, streams } as const;
  return startRun(client, { name: 'portfolio', system: 'incentify' }, options);
};

/** A run that has read its projects and waits for the vendor at a page of credits, until faults are cleared. */
export const heldRun = async () => {
  await sandbox('PUT', 'faults', [{ kind: 'hold', streams: ['credits'], pages: [2] } satisfies Fault]);
  const run = await start();
  const held = async () => (await sandbox('GET', 'state')).held.length;
  await expect.poll(held, { timeout: 20_000, interval: 100 }).toBeGreaterThan(0);
  return run;
};

export const now = async () => (await sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`)[0]!.now;
export const olderThan = async (stream: string, since: string) => {
  const rows = sql.unsafe(
    `SELECT count(*)::int AS older FROM incentify.${stream} WHERE connection = 'portfolio' AND synced_at < $1
      AND deleted_at IS NULL`,
    [since],
  );
  return (await rows)[0]!.older;
};

/** A connection that is no longer in the file, with a row and a run. */
export const formerConnection = async (name: string) => {
  await sql`INSERT INTO incentify.projects (connection, id, raw, content_hash, run_id)
    VALUES (${name}, 1, '{}', gen_random_uuid(), ${name})`;
  await sql`INSERT INTO sync.runs (run_id, connection, system, workflow_id, trigger, status, finished_at)
    VALUES (${name}, ${name}, 'incentify', ${`sync/${name}`}, 'person', 'completed', now())`;
};
/** How many projects and runs each connection has. */
export const owners = async () => {
  const rows = await sql<{ connection: string; rows: number; runs: number }[]>`
    SELECT connection, count(*)::int AS rows,
      (SELECT count(*)::int FROM sync.runs WHERE runs.connection = projects.connection) AS runs
    FROM incentify.projects GROUP BY connection`;
  return Object.fromEntries(rows.map(({ connection, rows, runs }) => [connection, { rows, runs }]));
};

/** A run of projects that has ended; its id. */
export const startedRun = async () => {
  const { handle } = await start(['projects']);
  const { runId } = (await handle.result()) as { runId: string };
  return runId;
};

/** A project that does not fit is put aside; the number of its entry. */
export const putAside = async (): Promise<number> => {
  await sandbox('POST', 'records/incentify/projects', { op: 'update', at: 0, set: { created_at: 'soon' } });
  await startedRun();
  const [entry] = await sql`SELECT id FROM sync.quarantine WHERE resolved_at IS NULL AND path = 'created_at'`;
  return Number(entry?.id);
};

/** A file of configuration that wants another threshold of a pool of the demo. */
export const declaredPools = () => {
  const file = join(dataDir, 'pools.yaml');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
  const connection = { system: 'vibes', baseUrl: '${SANDBOX_VIBES_URL}', password: '${SANDBOX_VIBES_PASSWORD}' };
  const pools = [{ name: 'Store coupons', incentive_codes: { low_threshold: 17 } }];
  const coupons = { ...connection, companyKey: 'Sandbox1', username: 'sandbox-user', pools };
  writeFileSync(file, JSON.stringify({ connections: { coupons } }));
  return { file, env: { ...sandboxVariables(sandboxUrl) } as Record<string, string> };
};
