import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Case, staysUp, tryLines, typed } from './cases.ts';
import { client, dataDir, declaredPools, more, sandbox, sandboxUrl, sql, start } from './instance.ts';
import { outputOf } from './shell.ts';

const firstUrl = (text: string) => text.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0] ?? '';

/** A sandbox alone, at a free port; how many records of a stream Incentify has there. */
const sandboxWith = (line: string, stream: string, look: (total: () => Promise<number>) => Promise<void>) =>
  staysUp(`${line} --port 0`, 'and write into incentive-sync.yaml:', async ({ stderr }) => {
    const total = async () => {
      const address = `${firstUrl(stderr())}/incentify/${stream}`;
      const answer = await fetch(address, { headers: { 'x-api-key': 'sandbox-key' } });
      return JSON.parse(await answer.text()).meta.total;
    };
    await look(total);
  });

const configurationCases: readonly Case[] = [
  [
    /^npx incentive-sync approve-deletes NAME$/,
    async (line) => {
      const told = await typed(`${line.replace('NAME', 'games')} --yes ${more}`, 1);
      expect(told.stderr()).toContain('No file of games waits for approval, so nothing was approved.');
    },
  ],
  [
    /^npx incentive-sync pools plan NAME$/,
    async (line) => {
      const { file, env } = declaredPools();
      const told = await typed(`${line.replace('NAME', 'coupons')} --config ${file} --json ${more}`, 3, env);
      expect(JSON.parse(told.stdout()).toDo).toBeGreaterThan(0);
    },
  ],
  [
    /^npx incentive-sync pools apply NAME$/,
    async (line) => {
      const { file, env } = declaredPools();
      await typed(`${line.replace('NAME', 'coupons')} --yes --config ${file} ${more}`, 0, env);
      const [change] = await sql`SELECT state FROM vibes.pool_changes ORDER BY change DESC LIMIT 1`;
      expect(change?.state).toBe('done');
      await typed(`npx incentive-sync pools plan coupons --config ${file} ${more}`, 0, env);
    },
  ],
];

const kpiCases: readonly Case[] = [
  [
    /^npx incentive-sync kpi import FILE$/,
    async (line) => {
      const file = join(dataDir, 'sales.csv');
      writeFileSync(file, 'kpi,user_id,value,timestamp\ndevice_sales,5512,17,2026-03-01\n');
      await typed(`${line.replace('FILE', file)} ${more}`);
      expect(await sql`SELECT value::text FROM atobi.kpi_values WHERE kpi = 'device_sales'`).toEqual([{ value: '17' }]);
    },
  ],
  [
    /^npx incentive-sync kpi resolve 12 --accepted$/,
    async (line) => {
      const [sent] = await sql`UPDATE atobi.deliveries SET state = 'unknown'
        WHERE delivery = (SELECT max(delivery) FROM atobi.deliveries) RETURNING delivery::int`;
      await typed(`${line.replace('12', sent?.delivery)} ${more}`);
      const [settled] = await sql`SELECT state, resolution FROM atobi.deliveries WHERE delivery = ${sent?.delivery}`;
      expect(settled).toEqual({ state: 'accepted', resolution: 'A person said that it was accepted.' });
    },
  ],
  [
    /^npx incentive-sync kpi push NAME --yes$/,
    async (line) => {
      const { stderr } = await typed(`${line.replace('NAME', 'staff')} ${more}`);
      expect(stderr()).toContain('staff (atobi): completed');
    },
  ],
];

const sandboxCases: readonly Case[] = [
  [
    /^npx incentive-sync sandbox --port 0 --json \| jq --unbuffered -r \.url$/,
    async (line) => {
      await staysUp(line, 'and write into incentive-sync.yaml:', async ({ stdout }) => {
        await expect.poll(stdout, { timeout: 10_000 }).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
      });
    },
  ],
  [
    /^npx incentive-sync sandbox --projects 10000 --credits 33333 --utilizations 100000 --precompute$/,
    async (line) => {
      await sandboxWith(line, 'credits', async (total) => expect(await total()).toBe(33_333));
    },
  ],
  [
    /^npx incentive-sync sandbox --neoday-rows 1000000$/,
    async (line) => {
      await staysUp(`${line} --port 0`, 'and write into incentive-sync.yaml:', async ({ stderr }) => {
        expect(stderr()).toMatch(/win-info: 1,0\d\d,\d{3}/);
      });
    },
  ],
  [
    /^npx incentive-sync sandbox --changes 45$/,
    async (line) => {
      await sandboxWith(line.replace('45', '1'), 'utilizations', async (total) => {
        const before = await total();
        await expect.poll(total, { timeout: 20_000, interval: 300 }).toBeGreaterThan(before);
      });
    },
  ],
  [
    /^curl .*\/_sandbox\/faults/,
    async (line) => {
      await outputOf(line.replace('http://127.0.0.1:4100', sandboxUrl));
      expect(JSON.stringify(await sandbox('GET', 'faults'))).toContain('"every":7');
      const { handle } = await start(['utilizations']);
      expect(await handle.result()).toMatchObject({ status: 'completed' });
      const cut = (await sandbox('GET', 'journal')).filter(({ outcome }: { outcome: string }) => outcome === 'cut');
      expect(cut.length).toBeGreaterThan(0);
      expect((await client.workflow.getHandle('sync/portfolio').describe()).status.name).toBe('COMPLETED');
    },
  ],
];

const byTemporal = /^temporal /;

describe('a line of docs/configuration.md', () => tryLines('docs/configuration.md', configurationCases, byTemporal));
describe('a line of docs/kpis.md', () => tryLines('docs/kpis.md', kpiCases, byTemporal));
describe('a line of docs/sandbox.md', () => tryLines('docs/sandbox.md', sandboxCases, byTemporal));

// What these say stands in README.md and docs/operating.md too.
describe('a line of docs/alerts.md', () => tryLines('docs/alerts.md', [], byTemporal));
describe('a line of docs/json.md', () => tryLines('docs/json.md', [], byTemporal));
// The measurements are their own tests.
describe('a line of docs/benchmarks.md', () => tryLines('docs/benchmarks.md', [], /^npm run bench -- /));
