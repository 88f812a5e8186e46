import { mkdirSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { isReceipt } from '../../src/operations/receipts.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import { outputOf } from '../readme/shell.ts';
import { cliOf, pointTo } from '../support/cli-of.ts';
import { World } from '../support/world.ts';

const exports = { 'win-info': { rows: 300, results: 2 }, 'survey-answers': { rows: 40, results: 1 } };
const account = { only: Object.keys(exports), exports };
const secret = { GAMES_SECRET: 'sandbox-secret' };

let world: World;
afterEach(() => world.close());

const cli = async (args: string[], env = {}) => {
  const done = await cliOf(world, [...args, '--json'], { ...secret, ...env });
  return { ...done, document: JSON.parse(done.stdout) };
};

describe('a connection to NeoDay', () => {
  it('that is renamed goes on with its ledger: nothing is loaded again', async () => {
    world = await World.create({ system: 'neoday', neoday: account });
    const stop = await world.worker();
    await world.sync();
    expect((await cli(['connection', 'rename', 'games', 'plays', '--yes'])).document).toMatchObject({
      ...{ connection: 'games', done: 'renamed', to: 'plays', results: 3 },
      rows: { 'survey-answers': { live: 40 } },
    });
    await stop();
    const { baseUrl, clientId } = world.sandbox.neoday;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
    const keys = { system: 'neoday', baseUrl, clientId, clientSecret: '${GAMES_SECRET}' };
    const file = join(world.folder, 'incentive-sync.yaml');
    await writeFile(file, JSON.stringify({ connections: { plays: keys } }));
    await world.worker();
    world.sandbox.resetJournal();
    expect((await cli(['sync', 'plays'])).document.runs).toMatchObject([
      { status: 'completed', streams: { 'win-info': { fetched: 0, results: { found: 2, loaded: 2 } } } },
    ]);
    expect(world.sandbox.journal().map(({ step }) => step)).not.toContain('download');
    expect(await world.sql`SELECT DISTINCT connection FROM neoday.win_info`).toEqual([{ connection: 'plays' }]);

    expect((await cli(['connection', 'reset', 'plays', '--yes'])).stderr).toContain('not loaded again');
  });

  it('that is purged leaves nothing, not even rows that wait for their file; others keep theirs', async () => {
    world = await World.create({ system: 'neoday', neoday: account });
    await world.worker();
    await world.sync();
    await world.sql`
      INSERT INTO neoday.staged_win_info (result, row_number, content_hash)
      SELECT sequence, 1, 1 FROM neoday.results WHERE export = 'win-info' UNION ALL SELECT 4711, 1, 1`;
    await world.sql`INSERT INTO neoday.win_info (connection, content_hash, ordinal, first_result, run_id)
      VALUES ('other', 1, 1, 4711, 'x')`;
    expect((await cli(['connection', 'purge', 'games', '--yes'])).document).toMatchObject({ done: 'purged' });
    const tables = await world.sql<{ name: string }[]>`
      SELECT table_schema || '.' || table_name AS name FROM information_schema.columns
      WHERE column_name = 'connection' AND table_schema IN ('sync', 'neoday')`;
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      expect([name, ...(await world.sql.unsafe(`SELECT 1 FROM ${name} WHERE connection = 'games'`))]).toEqual([name]);
    }
    expect(await world.sql`SELECT result::int FROM neoday.staged_win_info`).toEqual([{ result: 4711 }]);
    expect(await world.sql`SELECT connection FROM neoday.win_info`).toEqual([{ connection: 'other' }]);
  });

  it('whose newest snapshot is suddenly empty keeps its current rows until a person agrees', {
    timeout: 180_000,
  }, async () => {
    world = await World.create({ system: 'neoday', neoday: account, connection: { mode: 'snapshot' } });
    await world.worker();
    await world.sync();
    const current = async () => (await world.sql`SELECT count(*)::int FROM neoday.current_win_info`)[0]?.count;
    const before = await current();
    expect((await cli(['approve-deletes', 'games', '--yes'])).code).toBe(1);
    world.sandbox.neoday.addResult('win-info', { rows: [] });
    for (const _ of ['the run that loads it', 'the next']) {
      const { code, document } = await cli(['sync', 'games']);
      expect({ code, runs: document.runs }).toMatchObject({
        code: 3,
        runs: [{ status: 'partial', streams: { 'win-info': { asOf: null, results: { loaded: 3, left: 0 } } } }],
      });
      expect(document.runs[0].reasons.join()).toMatch(
        /win-info: .* has 0 rows where one before had 30\d: .*approve-deletes games/,
      );
    }
    expect(await current()).toBe(before);
    const shown = await cliOf(world, ['approve-deletes', 'games'], secret);
    expect(shown).toMatchObject({ code: 2, stderr: expect.stringContaining('neoday.current_win_info') });
    const [, digest = ''] = /digest (\w+)/.exec(shown.stderr) ?? [];
    expect((await cli(['approve-deletes', 'games', '--yes', '--digest', `${digest}x`])).code).toBe(3);
    expect(await current()).toBe(before);
    expect(await cli(['approve-deletes', 'games', '--yes', '--digest', digest])).toMatchObject({
      ...{ code: 0, document: { connection: 'games', approved: true } },
    });
    expect(await current()).toBe(0);
    expect(await cli(['sync', 'games'])).toMatchObject({ code: 0, document: { runs: [{ reasons: [] }] } });
  });

  it('whose rules for personal data changed says what of it is kept under the old ones, and how to be rid of it', async () => {
    world = await World.create({ system: 'neoday', neoday: account });
    const stop = await world.worker();
    expect((await world.sync()).reasons).toEqual([]);
    await stop();
    const { baseUrl, clientId } = world.sandbox.neoday;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
    const keys = { system: 'neoday', baseUrl, clientId, clientSecret: '${GAMES_SECRET}', exclude: ['win-info/haswon'] };
    await writeFile(join(world.folder, 'incentive-sync.yaml'), JSON.stringify({ connections: { games: keys } }));
    await world.worker();
    const receipt = await world.sync();
    expect(receipt).toMatchObject({
      status: 'completed',
      reasons: [expect.stringMatching(/^3 files were loaded under other rules.*connection purge games/)],
    });
    await cli(['connection', 'purge', 'games', '--yes']);
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect(await world.sql`SELECT 1 FROM neoday.win_info WHERE haswon IS NOT NULL LIMIT 1`).toEqual([]);
  });

  it('that is gone from the file is still told, paused or not, and can be told to go on', async () => {
    world = await World.create({ system: 'neoday', neoday: account });
    await world.worker();
    world.sandbox.setFaults([{ kind: 'hold', steps: ['download'], first: 1 }]);
    const run = await world.start();
    await expect.poll(() => world.sandbox.held().length, { timeout: 20_000 }).toBe(1);
    await pointTo(world, world.sandbox.incentify.baseUrl);
    expect(await cli(['pause', 'games'])).toMatchObject({ document: { connection: 'games', runId: run.id } });
    world.sandbox.clearFaults();
    await expect.poll(async () => (await run.handle.query(progressQuery)).status, { timeout: 30_000 }).toBe('paused');
    expect((await cli(['status'])).document.connections).toMatchObject([
      { connection: 'portfolio', system: 'incentify', state: 'never-run' },
      { connection: 'games', system: 'neoday', configured: false, state: 'paused' },
    ]);
    await cli(['resume', 'games']);
    expect(await world.receipt(run)).toMatchObject({ status: 'completed', system: 'neoday' });
  });
});

describe('check of a connection to NeoDay', () => {
  const check = async (env = {}) => {
    const done = await cli(['check', 'games'], env);
    const { findings } = done.document.check;
    return {
      ...done,
      states: Object.fromEntries(findings.map(({ what, state }: { what: string; state: string }) => [what, state])),
    };
  };

  it('asks for the list and for each export once; a wrong secret and a missing locale are told apart', async () => {
    world = await World.create({ system: 'neoday', neoday: account });
    const well = await check();
    expect(well).toMatchObject({
      code: 0,
      document: { check: { connection: 'games', system: 'neoday', ok: true, streams: { 'win-info': { total: 2 } } } },
      states: { address: 'ok', key: 'ok', 'list of exports': 'ok', 'win-info': 'ok', 'survey-answers': 'ok' },
    });
    expect(world.sandbox.journal().map(({ step }) => step)).toEqual(['token', 'exports', 'results', 'results']);

    const wrong = await check({ GAMES_SECRET: 'another-secret' });
    expect(wrong).toMatchObject({ code: 1, states: { address: 'ok', key: 'failed' } });
    expect(wrong.stderr).toContain('clientSecret');
    expect(wrong.stdout + wrong.stderr).not.toContain('another-secret');

    world.sandbox.setFaults([{ kind: 'missing-locale' }]);
    const without = await check();
    expect(without).toMatchObject({ code: 1, document: { check: { ok: false } } });
    expect(without.stderr).toContain('locale');
    expect(without.stderr).not.toContain('clientSecret');
  });

  it('of an account without exports is well', async () => {
    world = await World.create({ system: 'neoday', neoday: { only: [] } });
    expect(await check()).toMatchObject({ code: 0, states: { key: 'ok', 'list of exports': 'ok' } });
  });
});

describe('plain temporal', () => {
  it('starts exportSync, asks how far it is and has it load again', async () => {
    world = await World.create({ system: 'neoday', neoday: account });
    await world.worker();
    const bin = join(world.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(inject('temporalCli'), join(bin, 'temporal'));
    const { address, namespace } = world.temporal;
    const typed = (line: string) =>
      outputOf(`temporal workflow ${line} --address ${address} --namespace ${namespace}`, {
        PATH: `${bin}:${process.env.PATH}`,
      });
    world.sandbox.setFaults([{ kind: 'hold', steps: ['download'], streams: ['win-info'], first: 1 }]);
    await typed(`start --type exportSync --task-queue incentive-sync --workflow-id sync/games --input '"games"'`);
    await expect.poll(() => world.sandbox.held().length, { timeout: 20_000 }).toBe(1);
    const progress = () => world.client.workflow.getHandle('sync/games').query(progressQuery);
    await expect.poll(async () => (await progress()).streams['survey-answers']?.state).toBe('done');
    const [answer] = (await typed('query --workflow-id sync/games --type progress')).match(/\{.*\}/s) ?? [];
    expect(JSON.parse(answer ?? '')).toMatchObject({
      ...{ connection: 'games', system: 'neoday', status: 'running' },
      streams: { 'win-info': { state: 'reading' } },
    });
    await typed(
      `signal --workflow-id sync/games --name forceResync --input '{"streams": ["survey-answers"], "reason": "restored"}'`,
    );
    world.sandbox.clearFaults();
    const receipt: unknown = await world.client.workflow.getHandle('sync/games').result();
    expect(isReceipt(receipt) && receipt).toMatchObject({
      ...{ status: 'completed', reasons: ['A person asked for a resync: restored'] },
      streams: { 'win-info': { fetched: 602, pages: 2 }, 'survey-answers': { fetched: 80, created: 40, pages: 2 } },
    });
  });
});
