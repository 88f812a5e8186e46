import { hash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { replayEntry } from '../../src/activities/replay.ts';
import { openStore } from '../../src/store/connect.ts';
import { fields } from '../../src/vendors/fields.ts';
import { cliOf } from '../support/cli-of.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 60, credits: 10, utilizations: 10, incentivePrograms: 1 };

describe('the quarantine', () => {
  let world: World;
  afterEach(() => world.close());

  const cli = async (...args: string[]) => {
    const done = await cliOf(world, ['quarantine', ...args, '--json']);
    return { ...done, document: JSON.parse(done.stdout) };
  };
  const projectIds = () => [...world.sandbox.records('incentify', 'projects')].map(({ id }) => id!);
  const spoil = (id: string, title: unknown = 5) =>
    world.sandbox.edit('incentify', 'projects', { op: 'update', id, set: { title } });
  const titleOf = async (id: string) => {
    const [row] = await world.sql`SELECT title, deleted_at, run_id FROM incentify.projects WHERE id = ${id}`;
    return row ?? null;
  };
  /** As a version of incentive-sync puts aside what a later one can store. */
  const putAside = async (text: string, id: string | null = null) => {
    const [row] = await world.sql`
      INSERT INTO sync.quarantine (connection, stream, record_id, content_hash, path, reason, raw_text, page, run_id)
      VALUES ('portfolio', 'projects', ${id}, ${`00${hash('sha256', text, 'hex').slice(0, 30)}`}, 'title', 'must be shorter',
        ${text}, 1, 'an-earlier-run') RETURNING id::int`;
    return row!.id as number;
  };

  it('is listed without what the records hold; only show prints that; dropped only by a person who means it', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    const [bad, ...others] = projectIds().slice(0, 3);
    spoil(bad!, ['a secret of a person']);
    for (const id of others) spoil(id);
    await world.sync();
    const listed = await cli('list', '--connection', 'portfolio');
    expect(listed).toMatchObject({ code: 0, document: { total: 3 } });
    expect(listed.stdout + listed.stderr).not.toContain('a secret');
    const entries: { id: number; recordId: string; path: string }[] = listed.document.quarantine;
    const entry = entries.find(({ recordId }) => recordId === bad)!;
    expect(entry).toMatchObject({ path: 'title' });
    const other = entries.find(({ recordId }) => recordId !== bad)!;

    const [none, shown, document, unknown, nothing, unasked] = await Promise.all([
      cli('list', '--stream', 'credits'),
      cliOf(world, ['quarantine', 'show', String(entry.id)]),
      cli('show', String(entry.id)),
      cliOf(world, ['quarantine', 'show', '999']),
      cliOf(world, ['quarantine', 'drop']),
      cliOf(world, ['quarantine', 'drop', '--connection', 'portfolio']),
    ]);
    expect(none.document).toEqual({ quarantine: [], total: 0 });
    expect(JSON.parse(shown.stdout)).toMatchObject({ title: ['a secret of a person'] });
    expect(shown.stderr).not.toContain('a secret');
    expect(document.document.entry).toMatchObject({
      id: entry.id,
      reason: 'must be text',
      rawText: expect.any(String),
    });
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(nothing).toMatchObject({ code: 2 });
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringMatching(/must be text[\s\S]*Add --yes/) });

    // Three are open still.
    expect((await cli('drop', String(other.id), '--yes')).document).toEqual({ dropped: 1 });
    expect((await cli('drop', '--connection', 'portfolio', '--yes')).document).toEqual({ dropped: 2 });
    const [open, all] = await Promise.all([cli('list'), cli('list', '--all')]);
    expect(open.document.total).toBe(0);
    expect(all.document).toMatchObject({ total: 3, quarantine: [{ resolution: 'dropped by a person' }, {}, {}] });
  });

  it('is replayed by the path of a sync: what fits becomes a row, the rest stays with its reason', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    const [changed, bad] = projectIds();
    const good = [...world.sandbox.records('incentify', 'projects')].find(({ id }) => id === changed)!.text;
    await world.sync();
    const fits = await putAside(titled(good, 'mended'), changed);
    const fresh = await putAside('{"id": 900719925474099312, "title": "new"}');
    spoil(bad!);
    await world.sync(['projects']);
    // The run read the whole stream and closed what it did not meet; as before it had ended.
    await world.sql`UPDATE sync.quarantine SET resolved_at = NULL, resolution = NULL, last_seen_at = now()`;
    const replayed = await cli('replay', '--connection', 'portfolio');
    expect(replayed.code).toBe(3);
    expect(replayed.document.replayed).toMatchObject([
      { id: fits, result: 'replayed' },
      { id: fresh, result: 'replayed' },
      { result: 'unfit', sentence: 'still does not fit: title must be text' },
    ]);
    expect(await titleOf(changed!)).toMatchObject({ title: 'mended' });
    expect(await titleOf('900719925474099312')).toMatchObject({ title: 'new', run_id: 'an-earlier-run' });
    const [entry] = await world.sql`SELECT resolution, resolved_at FROM sync.quarantine WHERE id = ${fits}`;
    expect(entry).toMatchObject({ resolution: 'replayed', resolved_at: expect.anything() });
    const [again, unknown] = await Promise.all([
      cli('replay', String(fits)),
      cliOf(world, ['quarantine', 'replay', '999']),
    ]);
    expect(again).toMatchObject({ code: 0, document: { replayed: [{ result: 'resolved' }] } });
    expect(unknown).toMatchObject({ code: 2 });
    // The source still has the first title.
    expect(await world.sync()).toMatchObject({ streams: { projects: { updated: 1 } } });
  });

  it('is stored by a mapping that has learnt to read it, and the next sync finds it unchanged', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    const [bad] = projectIds();
    spoil(bad!);
    await world.sync();
    const [entry] = await world.sql`SELECT id::int FROM sync.quarantine`;
    const store = openStore({ url: world.databaseUrl });
    try {
      const replay = (version: number) =>
        replayEntry(store, entry!.id, world.config.connection('portfolio'), () => ({ fields: learnt, version }));
      expect(await replay(7)).toMatchObject({ result: 'replayed' });
    } finally {
      await store.close();
    }
    expect(await titleOf(bad!)).toMatchObject({ title: '5' });
    const [row] = await world.sql`SELECT content_hash::text FROM incentify.projects WHERE id = ${bad!}`;
    expect(row!.content_hash).toMatch(/^07/);
  });

  it('never overwrites what a sync has read since, and keeps out of the way of one that commits', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    const [id] = projectIds();
    const text = [...world.sandbox.records('incentify', 'projects')][0]!.text;
    await world.sync();
    const stale = await putAside(titled(text, 'stale'), id);
    await world.sql`UPDATE sync.quarantine SET last_seen_at = now() - interval '1 hour' WHERE id = ${stale}`;
    expect(await cli('replay', String(stale))).toMatchObject({
      code: 3,
      document: { replayed: [{ result: 'superseded' }] },
    });
    expect(await titleOf(id!)).not.toMatchObject({ title: 'stale' });

    await world.sql`UPDATE sync.quarantine SET last_seen_at = now() WHERE id = ${stale}`;
    const committing = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const commit = world.sql.begin(async (transaction) => {
      await transaction`UPDATE sync.cursors SET epoch = epoch WHERE stream = 'projects'`;
      committing.resolve();
      await end.promise;
      await transaction`UPDATE incentify.projects SET title = 'newest', synced_at = clock_timestamp() WHERE id = ${id!}`;
    });
    await committing.promise;
    const waiting = cli('replay', String(stale));
    await expect
      .poll(async () => (await world.sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`).length, {
        timeout: 30_000,
      })
      .toBeGreaterThan(0);
    end.resolve();
    await commit;
    expect(await waiting).toMatchObject({ code: 3, document: { replayed: [{ result: 'superseded' }] } });
    expect(await titleOf(id!)).toMatchObject({ title: 'newest' });
  });

  it('does not hash a second time what it kept hashed, and does not guess where the rules have changed', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
    const connection = { hash: ['created_by.email'], hashKey: '${HASH_KEY}' };
    world = await World.create({
      sandbox: { sizes },
      connection,
      env: { HASH_KEY: 'a-key-of-32-characters-or-so-xyz' },
    });
    await world.worker();
    const [bad, other] = projectIds();
    await world.sync();
    const emailOf = async (id: string) =>
      (await world.sql`SELECT created_by_email AS email FROM incentify.projects WHERE id = ${id}`)[0]!.email as string;
    const hashed = await emailOf(bad!);
    expect(hashed).toMatch(/^[0-9a-f]{64}$/);
    spoil(bad!);
    spoil(other!);
    await world.sync();
    const entries = await world.sql`SELECT id::int, record_id::text FROM sync.quarantine ORDER BY record_id`;
    const store = openStore({ url: world.databaseUrl });
    try {
      const now = world.config.connection('portfolio');
      const mapping = () => ({ fields: learnt, version: 1 });
      const unlike = { ...now, hash: [], exclude: [{ written: 'description', stream: null, names: ['description'] }] };
      expect(await replayEntry(store, entries[1]!.id, unlike, mapping)).toMatchObject({ result: 'impossible' });
      expect(await replayEntry(store, entries[0]!.id, now, mapping)).toMatchObject({ result: 'replayed' });
    } finally {
      await store.close();
    }
    expect(await emailOf(bad!)).toBe(hashed);
  });
});

const titled = (record: string, title: string) => JSON.stringify({ ...JSON.parse(record), title });

/** A mapping that takes titles of any kind. */
const learnt = fields({
  created_at: 'instant',
  updated_at: 'instant',
  status: 'text',
  account: { id: 'integer', title: 'text' },
  created_by: { id: 'integer', first_name: 'text', last_name: 'text', email: 'text' },
  title: 'json',
  description: 'text',
  date_project_start: 'date',
  date_project_end: 'date',
  credits: { item_count: 'integer' },
  custom_data_points: 'json',
});
