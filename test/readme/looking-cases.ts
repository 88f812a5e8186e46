import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Case, drawsTwice, typed } from './cases.ts';
import { client, dataDir, declaredPools, more, owners, pauseSchedules, sandbox, sql, startedRun } from './instance.ts';

/** What README.md says besides syncing: looking, schedules, first contact. */
export const lookingCases: readonly Case[] = [
  [
    /^npx incentive-sync init$/,
    async (line) => {
      const file = join(dataDir, 'new.yaml');
      const unasked = await typed(`${line} --config ${file}`, 2);
      expect(unasked.stderr()).toContain('Nothing was written: there is no terminal to ask on.');
      await typed(`${line} --system incentify --yes --config ${file}`);
      expect(readFileSync(file, 'utf8')).toContain('system: incentify');
    },
  ],
  [
    /^npx incentive-sync connection purge portfolio$/,
    async (line) => {
      expect(await owners()).toHaveProperty('portfolio');
      await typed(`${line} --yes ${more}`);
      expect(await owners()).not.toHaveProperty('portfolio');
      await typed(`npx incentive-sync apply ${more}`);
      await typed(`npx incentive-sync sync portfolio ${more}`);
      await pauseSchedules();
      expect(await owners()).toHaveProperty('portfolio');
    },
  ],
  [
    /^npx incentive-sync alerts test$/,
    async (line) => {
      await sandbox('DELETE', 'webhook');
      expect((await typed(`${line} ${more}`)).stderr()).toMatch(/demo \(webhook\): .*sent/);
      expect(JSON.stringify(await sandbox('GET', 'webhook'))).toContain('"event":"test"');
    },
  ],
  [/^npx incentive-sync status --watch$/, (line) => drawsTwice(`${line} ${more}`)],
  [
    /^npx incentive-sync runs portfolio$/,
    async (line) => {
      const runId = await startedRun();
      expect((await typed(`${line} ${more}`)).stderr()).toContain(runId.slice(0, 13));
    },
  ],
  [
    /^npx incentive-sync run ID$/,
    async (line) => {
      const runId = await startedRun();
      const { stderr } = await typed(`${line.replace('ID', runId.slice(0, 13))} ${more}`);
      expect(stderr()).toMatch(new RegExp(`completed in .*, run ${runId}`));
      expect(stderr()).toMatch(/Web UI {4}http.*\/history/);
    },
  ],
  [
    /^npx incentive-sync explain portfolio$/,
    async (line) => {
      const runId = await startedRun();
      expect((await typed(`${line} ${more}`)).stderr()).toContain(`portfolio: the last run (${runId.slice(0, 13)})`);
    },
  ],
  [
    /^npx incentive-sync doctor$/,
    async (line) => {
      const { stderr } = await typed(`${line} ${more}`);
      for (const what of ['Node', 'database', 'portfolio schedule', 'staff worker', 'games key']) {
        expect(stderr()).toMatch(new RegExp(`(ok|warning) +${what}: `));
      }
      expect(stderr()).not.toMatch(/^ +failed /m);
    },
  ],
  [
    /^npx incentive-sync apply$/,
    async (line) => {
      await client.schedule.getHandle('sync/games').delete();
      expect((await typed(`${line} ${more}`)).stderr()).toMatch(/schedule of games +created/);
      expect((await client.schedule.getHandle('sync/games').describe()).memo).toBeDefined();
      await pauseSchedules();
    },
  ],
  [
    /^npx incentive-sync apply --dry-run$/,
    async (line) => {
      expect((await typed(`${line} ${more}`)).stderr()).toContain('Everything is as the file says; nothing to do.');
      await client.schedule.getHandle('sync/games').delete();
      expect((await typed(`${line} ${more}`, 3)).stderr()).toMatch(/schedule of games +to be created/);
      await expect(client.schedule.getHandle('sync/games').describe()).rejects.toThrow(/not found/i);
      await typed(`npx incentive-sync apply ${more}`);
      await pauseSchedules();
    },
  ],
  [
    /^npx incentive-sync schedule list$/,
    async (line) => {
      const { stderr } = await typed(`${line} ${more}`);
      expect(stderr()).toMatch(/^portfolio: every 1 min\n +state +paused/m);
      expect(stderr()).toContain('staff: every 2 min');
    },
  ],
  [
    /^npx incentive-sync pools plan coupons$/,
    async (line) => {
      const { file, env } = declaredPools();
      const told = await typed(`${line} --config ${file} ${more}`, 3, env);
      expect(told.stderr()).toContain('incentive_codes.low_threshold');
      const [changes] = await sql`SELECT count(*)::int AS noted FROM vibes.pool_changes`;
      expect(changes?.noted).toBe(0);
    },
  ],
];
