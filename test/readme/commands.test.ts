import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allGone, recordedChildren, withDescendants } from '../runtime/helpers.ts';
import { fencedBlocks, linesToType } from './lines.ts';
import { outputOf, type Typed, type } from './shell.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'readme-'));
const more = `--data-dir ${dataDir}`;
let instance: Typed;
let sql: Sql;

/** The line that a person types first, with a data folder of the test's own. */
beforeAll(async () => {
  instance = type(`npm start -- ${more}`);
  await instance.says('Ctrl-C stops everything');
  const url = (await outputOf(`npx incentive-sync database-url ${more}`)).trim();
  sql = postgres(url, { max: 1, onnotice: () => {} });
});

afterAll(async () => {
  await sql?.end();
  if (instance !== undefined) {
    instance.signalGroup('SIGTERM');
    await instance.ended;
  }
  rmSync(dataDir, { recursive: true, force: true });
});

const runsOf = (document: string) => JSON.parse(document).runs;

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
