import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Case, drawsTwice, typed } from './cases.ts';
import { client, dataDir, more, pauseSchedules, putAside, sandbox, sql, start, startedRun } from './instance.ts';
import { outputOf, type } from './shell.ts';

/** What docs/operating.md says besides README.md. */
export const operatingCases: readonly Case[] = [
  [
    /^npx incentive-sync doctor --connection portfolio$/,
    async (line) => {
      const { stderr } = await typed(`${line} ${more}`);
      expect(stderr()).toMatch(/ok +portfolio key: is accepted/);
      expect(stderr()).not.toContain('games');
    },
  ],
  [
    /^npx incentive-sync doctor --offline$/,
    async (line) => {
      await sandbox('DELETE', 'journal');
      expect((await typed(`${line} ${more}`)).stderr()).toMatch(/ok +database: /);
      expect(await sandbox('GET', 'journal')).toEqual([]);
    },
  ],
  [
    /^npx incentive-sync doctor --json \| jq '.*'$/,
    async (line) => {
      const { stdout } = await typed(line.replace('--json', `--json ${more}`));
      expect(stdout()).toBe('');
      const all = await typed(line.replace('--json', `--json ${more}`).replace('"failed"', '"ok"'));
      expect(all.stdout()).toContain('"what": "Node"');
    },
  ],
  [
    /^npx incentive-sync init --system incentify --yes$/,
    async (line) => {
      const file = join(dataDir, 'incentify.yaml');
      const { stderr } = await typed(`${line} --config ${file}`);
      for (const told of ['Written: ', 'export INCENTIFY_API_KEY=…', 'doctor']) expect(stderr()).toContain(told);
      expect(readFileSync(file, 'utf8')).toContain('system: incentify');
    },
  ],
  [
    /^npx incentive-sync schema$/,
    async (line) => expect(JSON.parse(await outputOf(line)).properties).toHaveProperty('connections'),
  ],
  [
    /^npx incentive-sync status portfolio$/,
    async (line) => {
      await startedRun();
      const { stderr } = await typed(`${line} ${more}`);
      expect(stderr()).toMatch(/^portfolio \(incentify\): idle\n(.*\n)? +last run +completed/m);
      expect(stderr()).not.toContain('games');
    },
  ],
  [/^npx incentive-sync status --watch 10$/, (line) => drawsTwice(`${line} ${more}`)],
  [
    /^npx incentive-sync runs portfolio --status failed --since 7d$/,
    async (line) => {
      const runId = await startedRun();
      expect((await typed(`${line} ${more}`)).stderr()).not.toContain(runId.slice(0, 13));
      await sql`UPDATE sync.runs SET status = 'failed' WHERE run_id = ${runId}`;
      expect((await typed(`${line} ${more}`)).stderr()).toContain(runId.slice(0, 13));
    },
  ],
  [
    /^npx incentive-sync explain ID$/,
    async (line) => {
      const runId = await startedRun();
      await startedRun();
      const { stderr } = await typed(`${line.replace('ID', runId.slice(0, 13))} ${more}`);
      expect(stderr()).toContain(runId.slice(0, 13));
    },
  ],
  [
    /^npx incentive-sync schedule pause portfolio --reason "holiday"$/,
    async (line) => {
      await client.schedule.getHandle('sync/portfolio').unpause();
      await typed(`${line} ${more}`);
      const { state } = await client.schedule.getHandle('sync/portfolio').describe();
      expect(state).toMatchObject({ paused: true, note: expect.stringContaining('holiday') });
    },
  ],
  [
    /^npx incentive-sync schedule resume portfolio$/,
    async (line) => {
      await typed(`${line} ${more}`);
      expect((await client.schedule.getHandle('sync/portfolio').describe()).state.paused).toBe(false);
      await pauseSchedules();
    },
  ],
  [
    /^npx incentive-sync schedule trigger portfolio$/,
    async (line) => {
      const newest = async () => (await ticks())[0]?.outcome;
      const ticks = () => sql`SELECT outcome FROM sync.ticks WHERE connection = 'portfolio' ORDER BY due_at DESC`;
      const before = (await ticks()).length;
      expect((await typed(`${line} ${more}`)).stderr()).toContain('A run of portfolio has begun, as if it were due.');
      expect((await ticks()).length).toBe(before + 1);
      expect(await newest()).toBe('started');
      await client.workflow.getHandle('sync/portfolio').result();
    },
  ],
  [
    /^npx incentive-sync schedule backfill portfolio --from 6h$/,
    async (line) => {
      // Each minute of six hours would be more than a hundred.
      expect((await typed(`${line} ${more}`, 2)).stderr()).toContain('at most 100 go at once');
      const { stderr } = await typed(`${line.replace('6h', '5m')} ${more}`);
      expect(stderr()).toMatch(/portfolio was due 5 times .* `overlap: skip` decides of the others\. `/);
      const noted = async () =>
        (
          await sql`SELECT count(*)::int AS ticks FROM sync.ticks WHERE due_at = date_trunc('minute', due_at)
          AND connection = 'portfolio' AND outcome <> 'waiting' AND due_at > now() - interval '6 minutes'`
        )[0]?.ticks;
      await expect.poll(noted, { timeout: 30_000, interval: 300 }).toBeGreaterThanOrEqual(4);
      await pauseSchedules();
    },
  ],
  [
    /^npx incentive-sync quarantine list --connection portfolio --stream projects$/,
    async (line) => {
      const id = await putAside();
      const { stderr } = await typed(`${line} ${more}`);
      expect(stderr()).toMatch(new RegExp(`^${id} +portfolio / projects`, 'm'));
      expect((await typed(`${line.replace(/projects$/, 'credits')} ${more}`)).stderr()).toContain('Nothing');
    },
  ],
  [
    /^npx incentive-sync quarantine show ID$/,
    async (line) => {
      const stdout = await outputOf(`${line.replace('ID', String(await putAside()))} ${more}`);
      expect(JSON.parse(stdout)).toMatchObject({ created_at: 'soon' });
    },
  ],
  [
    /^npx incentive-sync quarantine export --format csv --output aside\.csv$/,
    async (line) => {
      const id = await putAside();
      const file = join(dataDir, 'aside.csv');
      await typed(`${line.replace('aside.csv', file)} ${more}`);
      const [head, ...entries] = readFileSync(file, 'utf8').trim().split('\r\n');
      expect(head).toMatch(/^id,connection,stream,/);
      expect(entries.join('\n')).toMatch(new RegExp(`^${id},portfolio,projects,`, 'm'));
    },
  ],
  [
    /^npx incentive-sync quarantine replay --connection portfolio$/,
    async (line) => {
      const id = await putAside();
      await typed(`${line} ${more}`, 3);
      await sandbox('POST', 'reset');
      // What it could not be read by is mended: as a newer version would.
      await sql`UPDATE sync.quarantine SET raw_text = replace(raw_text, '"soon"', '"2026-01-01T00:00:00Z"') WHERE id = ${id}`;
      await (await start(['projects'])).handle.result();
      const [entry] = await sql`SELECT resolution FROM sync.quarantine WHERE id = ${id}`;
      expect(entry?.resolution).toEqual(expect.any(String));
      await typed(`${line} ${more}`);
    },
  ],
  [
    /^npx incentive-sync quarantine drop ID --yes$/,
    async (line) => {
      const id = await putAside();
      await typed(`${line.replace('ID', String(id))} ${more}`);
      const [entry] = await sql`SELECT resolved_at FROM sync.quarantine WHERE id = ${id}`;
      expect(entry?.resolved_at).not.toBeNull();
    },
  ],
  ...['bash', 'zsh', 'fish'].map(
    (shell): Case => [
      new RegExp(`completion ${shell}\\b`),
      async (line) => {
        // The clone's own command, by the name that an installed one has.
        const here = 'incentive-sync() { npx incentive-sync "$@"; }; ';
        const plain = line.replace('npx incentive-sync', 'incentive-sync');
        const inShell: Record<string, string> = {
          bash: `bash -c '${here}${plain} && complete -p incentive-sync'`,
          zsh: `zsh -fc '${here}autoload -Uz compinit && compinit -u -D && ${plain} && echo "\${_comps[incentive-sync]}"'`,
          fish: `fish -Nc 'function incentive-sync; npx incentive-sync $argv; end; ${plain}; complete -c incentive-sync'`,
        };
        const isHere = (await type(`command -v ${shell}`).ended) === 0;
        // A shell that is not here cannot show it; what it would read is there all the same.
        if (!isHere) expect(await outputOf(`npx incentive-sync completion ${shell}`)).toContain('__complete');
        else expect(await outputOf(inShell[shell] ?? '')).toContain('incentive');
      },
    ],
  ),
];
