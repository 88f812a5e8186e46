import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import postgres, { type Sql } from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRun } from '../../src/operations/runs.ts';
import { readRunning } from '../../src/runtime/data-dir.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { pauseSignal, progressQuery } from '../../src/workflows/messages.ts';
import { allGone, recordedChildren, withDescendants } from '../runtime/helpers.ts';
import { fencedBlocks, linesToType } from './lines.ts';
import { outputOf, type Typed, type } from './shell.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'readme-'));
const more = `--data-dir ${dataDir}`;
let instance: Typed;
let sql: Sql;
let client: Client;
/** Address of the demo's sandbox. */
let sandboxUrl: string;

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
});

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

/** The demo's sandbox, by its admin API. */
const sandbox = async (method: string, path: string, body?: unknown) => {
  const answer = await fetch(`${sandboxUrl}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text());
};

const handle = () => client.workflow.getHandle('sync/portfolio');
const progress = () => handle().query(progressQuery);
const shows = (status: string) =>
  expect.poll(async () => (await progress()).status, { timeout: 20_000, interval: 100 }).toBe(status);

/** A run of projects and credits, or of these streams. */
const start = async (streams = ['projects', 'credits']) => {
  const [installation] = await sql<{ id: string }[]>`SELECT id::text FROM sync.installation`;
  const options = { trigger: 'person', installation: installation!.id, searchAttributes: true, streams } as const;
  return startRun(client, { name: 'portfolio', system: 'incentify' }, options);
};

/** A run that has read its projects and waits for the vendor at a page of credits, until faults are cleared. */
const heldRun = async () => {
  await sandbox('PUT', 'faults', [{ kind: 'hold', streams: ['credits'], pages: [2] } satisfies Fault]);
  const run = await start();
  const held = async () => (await sandbox('GET', 'state')).held.length;
  await expect.poll(held, { timeout: 20_000, interval: 100 }).toBeGreaterThan(0);
  return run;
};

const now = async () => (await sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`)[0]!.now;
const olderThan = async (stream: string, since: string) => {
  const rows = sql.unsafe(
    `SELECT count(*)::int AS older FROM incentify.${stream} WHERE connection = 'portfolio' AND synced_at < $1`,
    [since],
  );
  return (await rows)[0]!.older;
};

/** A connection that is no longer in the file, with a row and a run. */
const formerConnection = async (name: string) => {
  await sql`INSERT INTO incentify.projects (connection, id, raw, content_hash, run_id)
    VALUES (${name}, 1, '{}', gen_random_uuid(), ${name})`;
  await sql`INSERT INTO sync.runs (run_id, connection, system, workflow_id, trigger, status, finished_at)
    VALUES (${name}, ${name}, 'incentify', ${`sync/${name}`}, 'person', 'completed', now())`;
};
/** How many projects and runs each connection has. */
const owners = async () => {
  const rows = await sql<{ connection: string; rows: number; runs: number }[]>`
    SELECT connection, count(*)::int AS rows,
      (SELECT count(*)::int FROM sync.runs WHERE runs.connection = projects.connection) AS runs
    FROM incentify.projects GROUP BY connection`;
  return Object.fromEntries(rows.map(({ connection, rows, runs }) => [connection, { rows, runs }]));
};

const runsOf = (document: string) => JSON.parse(document).runs;

const statusExample = JSON.parse(fencedBlocks('json')[1] ?? '');

/** Runs a line that stays, until it says so; ends it as Ctrl-C does. */
const staysUp = async (line: string, sentence: string, whileUp: (typed: Typed) => Promise<void> = async () => {}) => {
  const typed = type(line);
  await typed.says(sentence);
  await whileUp(typed);
  typed.signalGroup('SIGINT');
  await typed.ended;
};

const hasPsql = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'psql')));

/** What each line is to bring about, by what it is without its options. */
const cases: [RegExp, (line: string) => Promise<void>][] = [
  [
    /^npm start -- --once$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toContain('portfolio (incentify): completed');
    },
  ],
  [
    /^npm start -- --once --json$/,
    async (line) => {
      const stdout = await outputOf(`${line} ${more}`);
      expect(runsOf(stdout)).toMatchObject([{ connection: 'portfolio', status: 'completed' }]);
    },
  ],
  [
    /^npx incentive-sync sync portfolio --watch$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toMatch(/portfolio utilizations: done, 10,000 of 10,000 rows/);
    },
  ],
  [
    /^npx incentive-sync sync portfolio --stream projects credits$/,
    async (line) => {
      await outputOf(`${line} ${more}`);
      const [newest] = await sql`SELECT receipt FROM sync.receipts ORDER BY finished_at DESC LIMIT 1`;
      expect(Object.keys(newest?.receipt.streams).toSorted()).toEqual(['credits', 'projects']);
    },
  ],
  [
    /^npx incentive-sync sync portfolio --json$/,
    async (line) => {
      const [run] = runsOf(await outputOf(`${line} ${more}`));
      const [example] = runsOf(fencedBlocks('json')[0] ?? '');
      expect(Object.keys(run)).toEqual(Object.keys(example));
      expect(Object.keys(run.streams.projects)).toEqual(Object.keys(example.streams.projects));
    },
  ],
  [/^npx incentive-sync worker$/, (line) => staysUp(`${line} ${more}`, 'The worker takes work from 127.0.0.1:')],
  [
    /^npx incentive-sync sandbox$/,
    (line) =>
      staysUp(`${line} --port 0`, 'The sandbox listens on', async (typed) => {
        const [url] = typed.stderr().match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
        const answer = await fetch(`${url}/incentify/projects`, { headers: { 'x-api-key': 'sandbox-key' } });
        expect(answer.status).toBe(200);
      }),
  ],
  [
    /^psql "\$\(npx incentive-sync database-url\)" -c '.*'$/,
    async (line) => {
      if (hasPsql) {
        const stdout = await outputOf(line.replace('database-url', `database-url ${more}`));
        expect(stdout).toContain('(10 rows)');
      } else {
        const [, statement = ''] = line.match(/-c '(.*)'$/) ?? [];
        expect(await sql.unsafe(statement)).toHaveLength(10);
      }
    },
  ],
  [
    /^npx incentive-sync status$/,
    async (line) => {
      const typed = type(`${line} --json ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toMatch(/^portfolio \(incentify\): idle$/m);
      const document = JSON.parse(typed.stdout());
      expect(Object.keys(document)).toEqual(Object.keys(statusExample));
      expect(document.temporal).toEqual(statusExample.temporal);
      const [[known], [example]] = [document.connections, statusExample.connections];
      expect(known).toMatchObject({ state: 'idle', run: null, configured: true });
      expect(Object.keys(known)).toEqual(Object.keys(example));
      for (const part of ['lastRun', 'freshness', 'schedule']) {
        expect(Object.keys(known[part]).toSorted()).toEqual(Object.keys(example[part]).toSorted());
      }
    },
  ],
  [
    /^npx incentive-sync check portfolio$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      for (const found of ['address', 'key', 'clock', 'projects: 200 records', 'utilizations: 10,000 records']) {
        expect(typed.stderr()).toMatch(new RegExp(`ok +${found}`));
      }
    },
  ],
  [
    /^npx incentive-sync quarantine list$/,
    async (line) => {
      const open = () => sql`SELECT id FROM sync.quarantine WHERE resolved_at IS NULL`;
      const other = (verb: string) => type(`${line.replace(/list$/, verb)} ${more}`);
      await sandbox('POST', 'records/incentify/projects', { op: 'update', at: 0, set: { created_at: 'soon' } });
      await (await start(['projects'])).handle.result();
      const listed = type(`${line} ${more}`);
      expect(await listed.ended).toBe(0);
      expect(listed.stderr()).toMatch(/created_at.*\n1 of 1 shown/);
      const [entry] = await open();
      const [shown, again] = [other(`show ${entry?.id}`), other(`replay ${entry?.id}`)];
      expect([await shown.ended, await again.ended]).toEqual([0, 3]);
      expect(JSON.parse(shown.stdout())).toMatchObject({ created_at: 'soon' });
      expect(await open()).toHaveLength(1);
      expect(await other(`drop ${entry?.id} --yes`).ended).toBe(0);
      expect(await open()).toHaveLength(0);
    },
  ],
  [
    /^npx incentive-sync connection list$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toContain('portfolio (incentify) at the sandbox of the demo');
      expect(typed.stderr()).toContain('projects 200 rows');
    },
  ],
  [
    /^npx incentive-sync connection reset NAME$/,
    async (line) => {
      const pointsAt = async () =>
        (await sql`SELECT points_at FROM sync.connections WHERE connection = 'portfolio'`)[0]?.points_at;
      const there = await pointsAt();
      expect(there).toEqual(expect.any(String));
      await outputOf(`${line.replace('NAME', 'portfolio')} --yes ${more}`);
      expect(await pointsAt()).toBeNull();
      expect(await (await start(['projects'])).handle.result()).toMatchObject({ status: 'completed' });
      expect(await pointsAt()).toBe(there);
    },
  ],
  [
    /^npx incentive-sync connection rename OLD NEW$/,
    async (line) => {
      await formerConnection('former');
      const { former, ...others } = await owners();
      await outputOf(`${line.replace('OLD NEW', 'former kept')} --yes ${more}`);
      expect(await owners()).toEqual({ ...others, kept: former });
    },
  ],
  [
    /^npx incentive-sync connection purge NAME$/,
    async (line) => {
      const others = await owners();
      await formerConnection('trial');
      expect(await owners()).toEqual({ ...others, trial: { rows: 1, runs: 1 } });
      const named = line.replace('NAME', 'trial');
      const unasked = type(`${named} ${more}`);
      expect(await unasked.ended).toBe(2);
      expect(unasked.stderr()).toContain('Nothing was changed: there is no terminal to ask on');
      expect(await owners()).toEqual({ ...others, trial: { rows: 1, runs: 1 } });
      await outputOf(`${named} --yes ${more}`);
      expect(await owners()).toEqual(others);
    },
  ],
  [
    /^npx incentive-sync resync portfolio --watch$/,
    async (line) => {
      const since = await now();
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toMatch(/portfolio utilizations: done, 10,000 of 10,000 rows/);
      for (const stream of ['projects', 'credits', 'utilizations']) expect(await olderThan(stream, since)).toBe(0);
    },
  ],
  [
    /^npx incentive-sync resync portfolio --stream credits --reason "restored from a backup"$/,
    async (line) => {
      const since = await now();
      const run = await heldRun();
      await outputOf(`${line} ${more}`);
      await sandbox('DELETE', 'faults');
      const receipt = await run.handle.result();
      expect(receipt).toMatchObject({
        status: 'completed',
        reasons: ['A person asked for a resync: restored from a backup'],
        streams: { projects: { fetched: 200, pages: 4 } },
      });
      expect(await olderThan('credits', since)).toBe(0);
      expect(await olderThan('projects', since)).toBeGreaterThan(0);
    },
  ],
  [
    /^npx incentive-sync resync portfolio --dry-run$/,
    async (line) => {
      await sandbox('DELETE', 'journal');
      const before = await owners();
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toMatch(/would take about [\d,]+ pages, [\d,]+ requests and .*s:/);
      expect(typed.stderr()).toContain('utilizations: 10,000 rows, 200 pages');
      expect(await sandbox('GET', 'journal')).toEqual([]);
      expect(await owners()).toEqual(before);
    },
  ],
  [
    /^npx incentive-sync pause portfolio$/,
    async (line) => {
      const run = await heldRun();
      await outputOf(`${line} ${more}`);
      expect(await progress()).toMatchObject({ status: 'paused', runId: run.id, streams: { projects: { pages: 4 } } });
      const status = JSON.parse(await outputOf(`npx incentive-sync status --json ${more}`));
      expect(status.connections[0]).toMatchObject({ state: 'paused', run: { runId: run.id, answered: true } });
      expect(Object.keys(status.connections[0].run)).toEqual(Object.keys(statusExample.connections[0].run));
    },
  ],
  [
    /^npx incentive-sync resume portfolio$/,
    async (line) => {
      const run = await heldRun();
      await run.handle.signal(pauseSignal);
      await shows('paused');
      await sandbox('DELETE', 'faults');
      await outputOf(`${line} ${more}`);
      expect(await run.handle.result()).toMatchObject({ status: 'completed', streams: { projects: { pages: 4 } } });
    },
  ],
  [
    /^npx incentive-sync approve-deletes portfolio$/,
    async (line) => {
      await (await start(['projects'])).handle.result();
      const gone = Array.from({ length: 60 }, () => ({ op: 'delete', at: 0 }) as const);
      await sandbox('POST', 'records/incentify/projects', gone);
      const run = await start(['projects']);
      await shows('parked');
      const marked = () => sql`SELECT id FROM incentify.projects WHERE deleted_at IS NOT NULL`;
      const { approval } = await progress();
      expect(await marked()).toHaveLength(0);
      const approved = type(`${line} --yes --digest ${approval?.digest} ${more}`);
      expect(await approved.ended).toBe(0);
      expect(approved.stderr()).toContain(`60 of 200 rows are missing from the source (digest ${approval?.digest})`);
      expect(await run.handle.result()).toMatchObject({ status: 'completed', streams: { projects: { deleted: 60 } } });
      expect(await marked()).toHaveLength(60);
    },
  ],
  [
    /^npx incentive-sync cancel portfolio$/,
    async (line) => {
      const run = await heldRun();
      await outputOf(`${line} ${more}`);
      const [stored] = await sql`SELECT receipt FROM sync.receipts WHERE run_id = ${run.id}`;
      expect(stored?.receipt).toMatchObject({ status: 'cancelled', streams: { projects: { fetched: 200 } } });
    },
  ],
];

/** Told by other tests: the suite itself, its long forms, the checks and the measurement. */
const elsewhere = /^npm (test|run (proof|check|bench -- portfolio))$/;

const caseOf = (line: string) => cases.find(([pattern]) => pattern.test(line));
const lines = linesToType().filter((line) => !line.startsWith('temporal ') && !elsewhere.test(line));
// `npm start` alone is what all the others run against.
const tried = [...new Set(lines)].filter((line) => line !== 'npm start');

describe('a line of README.md', () => {
  it('is there for every case, and the other way round', () => {
    expect(lines).toContain('npm start');
    expect(tried.filter((line) => caseOf(line) === undefined)).toEqual([]);
    expect(new Set(tried.map(caseOf))).toEqual(new Set(cases));
  });

  it.each(tried)('%s', (line) => caseOf(line)?.[1](line));

  it('in SQL gives rows', async () => {
    for (const statement of fencedBlocks('sql')) expect(await sql.unsafe(statement)).not.toHaveLength(0);
  });
});

describe('Ctrl-C', () => {
  it('at npm start ends everything, whoever of the process group hears it first', async () => {
    const everyone = withDescendants([{ pid: instance.pid, birth: '' }, ...recordedChildren(dataDir)]);
    expect(everyone.length).toBeGreaterThan(8);
    expect(readdirSync(join(dataDir, 'children'))).toContain('worker.json');
    await sql.end();
    instance.signalGroup('SIGINT');
    await instance.ended;
    await allGone(everyone, 8000);
    expect(instance.stderr()).toContain('Everything is stopped.');
    expect(readFileSync(join(dataDir, 'sandbox.json'), 'utf8')).toContain('port');
  });
});
