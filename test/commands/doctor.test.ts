// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applySchedules } from '../../src/operations/schedules.ts';
import { migrate } from '../../src/store/migrate.ts';
import { readInstallation } from '../../src/store/overview.ts';
import { scheduleId, syncWorkflowId } from '../../src/workflows/names.ts';
import { connect, emptyDatabase } from '../store/database.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';
import { doctorOf, environmentOf, writeBoth } from './doctoring.ts';

let world: World;

beforeAll(async () => {
  const sizes = { projects: 20, credits: 20, utilizations: 1, incentivePrograms: 1 };
  world = await World.create({ sandbox: { sizes } });
  await writeBoth(world);
  await migrate({ url: world.databaseUrl });
});

afterAll(() => world.close());

const apply = async () => {
  const installation = (await readInstallation(world.sql)) ?? '';
  await applySchedules(world.client, world.config.connections, { installation, searchAttributes: true });
};

/** Neither failed nor warned; names what was. */
const troubles = ({ findings }: Awaited<ReturnType<typeof doctorOf>>) =>
  findings
    .filter(({ state }) => state === 'failed' || state === 'warning')
    .map(({ what, sentence }) => `${what}: ${sentence}`);

// The tests go on from one another: what one breaks it mends, and the world is well again afterwards.
describe('doctor', () => {
  it('says of a world without workers and schedules what is missing; with both all is well', async () => {
    const before = await doctorOf(world);
    expect(before.code).toBe(1);
    expect(before.said('worker')).toEqual([
      'failed: nobody takes workflow or activity tasks of the queue incentive-sync, so runs wait',
      'failed: nobody takes activity tasks of the queue incentive-sync/staff, so runs wait',
    ]);
    expect(before.typed('worker')).toEqual(['incentive-sync worker', 'incentive-sync worker']);
    expect(before.said('schedule')).toEqual(['failed: Temporal has none, though the file asks for one']);
    expect(before.typed('schedule')).toEqual(['incentive-sync apply']);

    await world.worker();
    await apply();
    await world.sync();
    const after = await doctorOf(world);
    expect({ troubles: troubles(after), code: after.code }).toEqual({ troubles: [], code: 0 });
    expect(after.said('worker')).toEqual([
      expect.stringMatching(/^ok: 1 takes work from incentive-sync, heard of \d+ s ago$/),
      expect.stringMatching(/^ok: 1 takes work from incentive-sync\/staff, heard of \d+ s ago$/),
    ]);
    expect(after.said('schedule')).toEqual(['ok: is as the file says']);
  });

  it('changes nothing: not a row, not a schedule, not a run, and asks the vendors only to read', async () => {
    const seen = world.sandbox.journal().length;
    const before = await everything();
    await doctorOf(world);
    expect(await everything()).toEqual(before);
    const asked = world.sandbox.journal().slice(seen);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.filter(({ method, path }) => method !== 'GET' && !path.includes('oauth/token'))).toEqual([]);
  });

  it('tells a Node that is too old, and a disk that is nearly full', async () => {
    const old = await doctorOf(world, { nodeVersion: '20.11.1', offline: true });
    expect(old.said('Node')).toEqual(['failed: 20.11.1 cannot run TypeScript: 22.18 or newer is needed']);
    expect((await doctorOf(world, { nodeVersion: '22.18.0', offline: true })).said('Node')).toEqual(['ok: 22.18.0']);

    const embedded = { env: { PORTFOLIO_KEY: 'sandbox-key', STAFF_SECRET: 'sandbox-secret' }, offline: true };
    const disk = async (free: number) => (await doctorOf(world, { ...embedded, freeBytes: () => free })).said('disk');
    expect(await disk(1e8)).toEqual([expect.stringMatching(/^failed: 100 MB are free/)]);
    expect(await disk(1e9)).toEqual([expect.stringMatching(/^warning: 1,000 MB are free/)]);
    expect(await disk(1e10)).toEqual([expect.stringMatching(/^ok:/)]);
  });

  it('names every secret that cannot be read, never its value, and goes on with what it can', async () => {
    const { STAFF_SECRET: _, ...env } = environmentOf(world);
    const without = await doctorOf(world, { env: { ...env, PORTFOLIO_KEY: 'bad\nvalue' } });
    expect(without.code).toBe(2);
    expect(without.findings.filter(({ what }) => what.startsWith('secret '))).toMatchObject([
      {
        what: 'secret ${PORTFOLIO_KEY}',
        state: 'failed',
        sentence: expect.stringContaining('connections.portfolio.apiKey needs it'),
      },
      { what: 'secret ${STAFF_SECRET}', state: 'failed', remedy: expect.stringContaining('`export STAFF_SECRET=…`') },
    ]);
    expect(without.text + JSON.stringify(without.findings)).not.toContain('bad');
    expect(without.said('file')).toEqual(['ok: incentive-sync.yaml has portfolio, staff']);
    expect(without.said('vendor')).toEqual(Array(2).fill('skipped: its settings are wrong: see configuration'));
    expect(without.said('tables')).toEqual(['ok: are of this version']);

    const one = await doctorOf(world, { env });
    expect(one.said('key', 'portfolio')).toEqual(['ok: is accepted']);
    expect(one.said('secrets')).toEqual(['ok: 1 of 2 can be read']);
  });

  it('tells each mistake of the file and of the environment by itself, and leaves with 2', async () => {
    await writeBoth(world, { shcedule: {}, timeout: 'soon' });
    const wrong = await doctorOf(world);
    expect(wrong.code).toBe(2);
    expect(wrong.said('file')).toEqual([
      expect.stringMatching(/^failed: incentive-sync.yaml:1 connections.portfolio.*timeout/),
      expect.stringMatching(/^failed: .*did you mean `schedule`/),
    ]);
    expect(wrong.said('key', 'staff')).toEqual(['ok: is accepted']);

    await writeFile(join(world.folder, 'incentive-sync.yaml'), 'connections: [');
    const unread = await doctorOf(world);
    expect({ code: unread.code, vendors: unread.said('vendors') }).toEqual({
      code: 2,
      vendors: ['skipped: needs the file, which cannot be read'],
    });
    expect(unread.said('database')).toEqual([expect.stringMatching(/^ok:/)]);

    await writeBoth(world);
    const env = { ...environmentOf(world), DATABASE_URL: 'mysql://me:hidden@nowhere' };
    const variable = await doctorOf(world, { env });
    expect(variable).toMatchObject({ code: 2 });
    expect(variable.said('environment')).toEqual([
      expect.stringContaining('failed: environment variable `DATABASE_URL`'),
    ]);
    expect(JSON.stringify(variable.findings)).not.toContain('hidden');
    expect((await doctorOf(world)).code).toBe(0);
  });

  it('says that nothing runs in one line, skips what needs it, and looks at the rest', async () => {
    const env = { PORTFOLIO_KEY: 'sandbox-key', STAFF_SECRET: 'sandbox-secret' };
    const stopped = await doctorOf(world, { env });
    expect(stopped.code).toBe(1);
    expect(stopped.findings.filter(({ state }) => state === 'failed')).toMatchObject([
      {
        what: 'incentive-sync',
        sentence: 'is not running',
        remedy: 'Type `incentive-sync start`, and leave it running.',
      },
    ]);
    for (const what of ['database', 'Temporal', 'runs'])
      expect(stopped.said(what)).toEqual([expect.stringMatching(/^skipped/)]);
    expect(stopped.said('key')).toEqual(['ok: is accepted', 'ok: is accepted']);
    expect(stopped.text).toContain('skipped  database, server, rights, tables, transactions: ');
  });

  it('tells a vendor who refuses the key, one that nobody answers for, and one whose clock is off', async () => {
    const refused = await doctorOf(world, { env: { ...environmentOf(world), PORTFOLIO_KEY: 'mistyped-key' } });
    expect(refused.said('key', 'portfolio')).toEqual(['failed: is refused for every stream']);
    expect(refused.text + JSON.stringify(refused.findings)).not.toContain('mistyped-key');

    await writeBoth(world, { baseUrl: 'http://127.0.0.1:9/incentify' });
    const away = await doctorOf(world);
    expect(away.said('address', 'portfolio')).toEqual([expect.stringMatching(/^failed: .*nothing listens/)]);
    expect(away.said('rows')).toEqual([expect.stringMatching(/^failed: came from http/)]);
    expect(away.said('address', 'staff')).toEqual([expect.stringMatching(/^ok/)]);
    await writeBoth(world);

    world.sandbox.addFaults({ kind: 'clock', seconds: 300 });
    expect((await doctorOf(world)).said('clock', 'portfolio')).toEqual([
      expect.stringMatching(/^failed: is (4|5) min.* behind/),
    ]);
    world.sandbox.clearFaults();
    expect((await doctorOf(world)).code).toBe(0);
  });

  it('tells a schedule that is another than the file says, one that is paused, and one that is left over', async () => {
    await writeBoth(world, { schedule: { every: '2h' } });
    expect((await doctorOf(world)).said('schedule')).toEqual([
      'failed: Temporal has another one than the file says: every',
    ]);
    await writeBoth(world, { schedule: undefined });
    expect((await doctorOf(world)).said('schedule')).toEqual([
      'failed: Temporal has one, though the file asks for none',
    ]);
    await writeBoth(world);
    const handle = world.client.schedule.getHandle(scheduleId('portfolio'));
    await handle.pause('holidays');
    const paused = await doctorOf(world);
    expect({ said: paused.said('schedule'), code: paused.code }).toEqual({
      said: ['warning: is paused: holidays'],
      code: 0,
    });
    expect(paused.typed('schedule')).toEqual(['incentive-sync schedule resume portfolio']);
    await handle.unpause();
    await apply();
    expect((await doctorOf(world)).said('schedule')).toEqual(['ok: is as the file says']);
  });

  it('tells Temporal that is away, a namespace that is not there, and search attributes that are missing', async () => {
    const env = environmentOf(world);
    const away = await doctorOf(world, { env: { ...env, TEMPORAL_ADDRESS: '127.0.0.1:9' }, offline: true });
    expect(away.said('Temporal')).toEqual(['failed: Temporal at 127.0.0.1:9 does not answer']);
    expect(away.said('workers')).toEqual(['skipped: needs Temporal, which is not reached']);

    const nowhere = await doctorOf(world, { env: { ...env, TEMPORAL_NAMESPACE: 'nowhere' }, offline: true });
    expect(nowhere.said('namespace')).toEqual(['failed: there is no nowhere']);
    expect(nowhere.typed('namespace')).toEqual([
      `temporal operator namespace create --address ${world.temporal.address} --namespace nowhere --retention 168h`,
    ]);
    expect(nowhere.said('search attributes')).toEqual(['skipped: needs the namespace, which is not there']);

    const bare = await doctorOf(world, { env: { ...env, TEMPORAL_NAMESPACE: 'default' }, offline: true });
    expect(bare.said('search attributes')).toEqual([
      'warning: SyncConnection, SyncSystem, SyncStatus, SyncTrigger are not registered, so runs cannot be found by them',
    ]);
  });

  it('tells a database that is away, one without our tables, and one of a newer version', async () => {
    const look = (DATABASE_URL: string) =>
      doctorOf(world, { env: { ...environmentOf(world), DATABASE_URL }, offline: true });
    const away = await look('postgres://me:hidden@127.0.0.1:9/gone');
    expect(away.said('database')).toEqual([expect.stringMatching(/^failed: 127.0.0.1:9\/gone: .*nothing listens/)]);
    expect(JSON.stringify(away.findings)).not.toContain('hidden');

    const url = await emptyDatabase();
    const empty = await look(url);
    expect(empty.said('tables')).toEqual(['failed: nothing has run on this database yet']);
    expect(empty.said('runs')).toEqual(['skipped: needs the tables of this version, which are not there']);
    await migrate({ url });
    const history = connect(url);
    expect((await look(url)).said('tables')).toEqual(['ok: are of this version']);

    const [newest] =
      await history`DELETE FROM drizzle.__drizzle_migrations WHERE id = (SELECT max(id) FROM drizzle.__drizzle_migrations) RETURNING *`;
    const pending = await look(url);
    expect(pending.said('tables')).toEqual([expect.stringMatching(/^failed: are not of this version: \d{4}_\w+$/)]);
    expect(pending.typed('tables')).toEqual(['incentive-sync apply']);
    await history`INSERT INTO drizzle.__drizzle_migrations ${history(newest ?? {})}`;
    await history`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('of-the-future', 99999999999999)`;
    expect((await look(url)).said('tables')).toEqual([expect.stringContaining('used by a newer version')]);
  });

  it('tells a user who lacks rights, and what its administrator has to type', async () => {
    const role = `doctor_${new URL(world.databaseUrl).pathname.slice(1)}`;
    await world.sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'of-the-role'`);
    const url = new URL(world.databaseUrl);
    url.username = role;
    url.password = 'of-the-role';
    const look = () => doctorOf(world, { env: { ...environmentOf(world), DATABASE_URL: url.href }, offline: true });
    const poor = await look();
    expect(poor.said('rights')).toEqual([
      `failed: ${role} lacks CREATE on the database ${url.pathname.slice(1)}`,
      expect.stringMatching(/^failed: \d+ of our tables belong to incentive_sync, so \w+ cannot change them$/),
    ]);
    for (const statement of poor.typed('rights')) await world.sql.unsafe(statement);
    expect((await look()).said('rights')).toEqual([`ok: ${role} may do what is needed`]);
  });

  it('counts what is put aside, by connection and stream', async () => {
    await world.sql`
      INSERT INTO sync.quarantine (connection, stream, content_hash, path, reason, raw_text, page, run_id, first_seen_at)
      VALUES ('portfolio', 'credits', gen_random_uuid(), 'id', 'is missing', '{}', 1, 'some', now() - interval '2 hours')`;
    const found = await doctorOf(world);
    expect(found.said('quarantine')).toEqual(['warning: one record is put aside in credits, the oldest for 2 h']);
    expect(found.typed('quarantine')[0]).toBe('incentive-sync quarantine list --connection portfolio --stream credits');
    expect((await doctorOf(world, { connection: 'staff' })).said('quarantine')).toEqual(['ok: nothing is put aside']);
    await world.sql`UPDATE sync.quarantine SET resolved_at = now(), resolution = 'dropped'`;
  });

  it('tells a run that was terminated, one that is parked and one that stores nothing', async () => {
    world.sandbox.setFaults([{ kind: 'hold', streams: ['credits'] }]);
    const run = await world.start();
    await until('the held request', () => world.sandbox.held().length > 0);
    expect((await doctorOf(world, { offline: true })).said('runs')).toEqual(['ok: 1 under way get on']);
    const age = (column: string, by: string) =>
      world.sql.unsafe(`UPDATE ${column} = now() - interval '${by}' WHERE run_id = '${run.id}'`);
    await age('sync.runs SET status_at', '20 minutes');
    await age('sync.cursors SET progressed_at', '20 minutes');
    const quiet = await doctorOf(world, { offline: true });
    expect(quiet.said('run')).toEqual([expect.stringMatching(/^warning: has stored nothing for 20 min/)]);
    expect(quiet.typed('run')).toEqual(['incentive-sync check portfolio']);

    await world.client.workflow.getHandle(syncWorkflowId('portfolio')).terminate('on purpose');
    const gone = await doctorOf(world, { offline: true });
    expect(gone.said('run')).toEqual([
      `failed: ${run.id} is noted as under way, but Temporal has ended it: it was terminated`,
    ]);
    expect(gone.typed('run')).toEqual(['incentive-sync sync portfolio']);
    world.sandbox.clearFaults();
    await world.sync();

    world.sandbox.setFaults([{ kind: 'status', status: 401 }]);
    const parked = await world.start();
    await world.receipt(parked);
    const waiting = await doctorOf(world, { offline: true });
    expect(waiting.said('run')).toEqual([
      expect.stringMatching(/^warning: is parked for .* waits for a key that is accepted/),
    ]);
    expect(waiting.typed('run')).toEqual(['incentive-sync resume portfolio']);
    world.sandbox.clearFaults();
    await world.client.workflow.getHandle(syncWorkflowId('portfolio')).signal('resume');
    await parked.handle.result();
    expect((await doctorOf(world)).code).toBe(0);
  });
});

/** Everything of ours that the database and Temporal hold. */
async function everything() {
  const tables = await world.sql<{ name: string }[]>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`;
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) {
    const [row] = await world.sql.unsafe(
      `SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) AS content FROM ${name} AS t`,
    );
    rows[name] = row?.content;
  }
  const runs = [];
  for await (const { workflowId, runId, status, historyLength } of world.client.workflow.list()) {
    runs.push([workflowId, runId, status.name, historyLength]);
  }
  const { raw } = await world.client.schedule.getHandle(scheduleId('portfolio')).describe();
  return { rows, runs, schedule: raw.schedule, conflictToken: raw.conflictToken };
}
