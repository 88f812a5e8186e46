import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pauseSignal } from '../../src/workflows/messages.ts';
import { allGone, recordedChildren, withDescendants } from '../runtime/helpers.ts';
import { type Case, staysUp, tryLines } from './cases.ts';
import {
  dataDir,
  formerConnection,
  heldRun,
  instance,
  more,
  now,
  olderThan,
  owners,
  progress,
  sandbox,
  shows,
  sql,
  start,
} from './instance.ts';
import { fencedBlocks } from './lines.ts';
import { lookingCases } from './looking-cases.ts';
import { outputOf, type } from './shell.ts';

const runsOf = (document: string) => JSON.parse(document).runs;

const [statusExample] = fencedBlocks('json', 'docs/json.md')
  .map((text) => JSON.parse(text))
  .filter(({ temporal, connections }) => temporal !== undefined && connections !== undefined);

const hasPsql = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'psql')));

/** What each line is to bring about, by what it is without its options. */
const cases: readonly Case[] = [
  ...lookingCases,
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
      expect(runsOf(stdout)).toMatchObject([
        { connection: 'portfolio', status: 'completed' },
        { connection: 'games', status: 'completed' },
        { connection: 'coupons', status: 'completed' },
        { connection: 'staff', status: 'completed' },
      ]);
    },
  ],
  [
    /^npx incentive-sync sync games --stream win-info all-coupons$/,
    async (line) => {
      await outputOf(`${line} ${more}`);
      const [newest] = await sql`
        SELECT receipt FROM sync.receipts WHERE connection = 'games' ORDER BY finished_at DESC LIMIT 1`;
      expect(Object.keys(newest?.receipt.streams).toSorted()).toEqual(['all-coupons', 'win-info']);
    },
  ],
  [
    /^npx incentive-sync sync portfolio --watch$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toMatch(/portfolio utilizations: done, [\d,]+ of 10,0\d\d rows/);
    },
  ],
  [
    /^npx incentive-sync sync portfolio --stream projects credits$/,
    async (line) => {
      await outputOf(`${line} ${more}`);
      const [newest] = await sql`
        SELECT receipt FROM sync.receipts WHERE connection = 'portfolio' ORDER BY finished_at DESC LIMIT 1`;
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
    async (line) => {
      await staysUp(`${line} --port 0`, 'The sandbox listens on', async (typed) => {
        const [url] = typed.stderr().match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
        const answer = await fetch(`${url}/incentify/projects`, { headers: { 'x-api-key': 'sandbox-key' } });
        expect(answer.status).toBe(200);
      });
    },
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
      expect(typed.stderr()).toMatch(/^portfolio +incentify +idle +completed/m);
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
    /^npx incentive-sync alerts list$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      const [open] = await sql`SELECT count(*)::int AS alerts FROM sync.alerts WHERE recovered_at IS NULL`;
      const listed = JSON.parse(await outputOf(`${line} --json ${more}`)).alerts;
      expect(listed).toHaveLength(open?.alerts);
      if (listed.length === 0) expect(typed.stderr()).toMatch(/^No alert is open\.$/m);
      for (const { title } of listed) expect(typed.stderr()).toContain(title);
    },
  ],
  [
    /^npx incentive-sync check portfolio$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      for (const found of ['address', 'key', 'clock', 'projects: 200 records', 'utilizations: 10,0\\d\\d records']) {
        expect(typed.stderr()).toMatch(new RegExp(`ok +${found}`));
      }
    },
  ],
  [
    /^npx incentive-sync quarantine list$/,
    async (line) => {
      // The demo's story has a record of its own that does not fit.
      const open = () => sql`SELECT id FROM sync.quarantine WHERE resolved_at IS NULL AND path = 'created_at'`;
      const other = (verb: string) => type(`${line.replace(/list$/, verb)} ${more}`);
      await sandbox('POST', 'records/incentify/projects', { op: 'update', at: 0, set: { created_at: 'soon' } });
      await (await start(['projects'])).handle.result();
      const listed = type(`${line} ${more}`);
      expect(await listed.ended).toBe(0);
      expect(listed.stderr()).toMatch(/created_at[\s\S]*\n(\d) of \1 shown/);
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
    /^npx incentive-sync kpi push staff --dry-run$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toMatch(/staff: (nothing differs|[\d,]+ elements? in )/);
    },
  ],
  [
    /^npx incentive-sync kpi push staff$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toContain('staff (atobi): completed');
    },
  ],
  [
    /^npx incentive-sync kpi status$/,
    async (line) => {
      const typed = type(`${line} ${more}`);
      expect(await typed.ended).toBe(0);
      expect(typed.stderr()).toMatch(/staff \/ coupons_received: [\d,]+ accepted/);
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
      expect(typed.stderr()).toMatch(/portfolio utilizations: done, [\d,]+ of 10,0\d\d rows/);
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
      expect(typed.stderr()).toMatch(/utilizations: 10,0\d\d rows, 20\d pages/);
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

/**
 * `npm start` alone is what all the others run against. Told by other tests: plain `temporal`, the suite itself, its long
 * forms, the checks and the measurements.
 */
const told = /^npm start$|^temporal |^npm (test|run (test:long|proof|check|pictures|schema|bench -- \w+))$/;

describe('a line of README.md', () => {
  tryLines('README.md', cases, told);

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
