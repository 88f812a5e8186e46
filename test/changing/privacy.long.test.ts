// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';

const sizes = { projects: 20, credits: 20, utilizations: 20, incentivePrograms: 3 };
const hashKey = 'sixteen-or-more-characters';
const person = 'mallory.unmistakable@example.test';
const rules = {
  streams: ['projects', 'credits', 'utilizations', 'incentive_programs'],
  exclude: ['created_by.first_name', 'created_by.last_name', 'projects/custom_data_points[].value', 'contact'],
  hash: ['created_by.email', 'government_agency.contacts[].email'],
  hashKey: '${HASH_KEY}',
};

describe('personal data', () => {
  let world: World;
  afterEach(() => world.close());

  /** Everything that this database holds, as text. */
  async function everything(): Promise<string> {
    const tables = await world.sql<{ name: string }[]>`
      SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema IN ('incentify', 'sync')`;
    const dumps = await Promise.all(
      tables.map(({ name }) =>
        world.sql.unsafe(`SELECT coalesce(string_agg(t::text, E'\n'), '') AS dump FROM ${name} AS t`),
      ),
    );
    return dumps.map(([row]) => row!.dump).join('\n');
  }

  async function history(): Promise<string> {
    const handle = world.client.workflow.getHandle('sync/portfolio');
    return JSON.stringify([await handle.fetchHistory(), await handle.describe()], (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString() : value,
    );
  }

  it('are in no column, text, quarantine entry, log or history once they are excluded or hashed', async () => {
    world = await World.create({ sandbox: { sizes }, connection: rules, env: { HASH_KEY: hashKey } });
    const [first] = [...world.sandbox.records('incentify', 'projects')];
    const of = (id: number, rest: object) =>
      JSON.stringify({
        ...JSON.parse(first!.text),
        id,
        created_by: { id: 1, first_name: person, email: person },
        ...rest,
      });
    world.sandbox.edit(
      'incentify',
      'projects',
      { op: 'insert', text: of(1, { custom_data_points: [{ id: 1, name: 'n', type: 'text', value: person }] }) },
      { op: 'insert', text: of(2, { title: 5, contact: { email: person } }) },
      { op: 'insert', text: of(3, { created_by: person }) },
      { op: 'insert', text: `{"id":4,"created_by":{"email":"${person}"}, "title":"\\ud800"}` },
      { op: 'insert', text: `{"created_by":{"email":"${person}"}}` },
      { op: 'insert', text: `{"id":5,"broken":tru,"contact":"${person}"}` },
    );
    const worker = await world.workerProcess();
    const receipt = await world.receipt(await world.start(), 20_000).catch((e) => {
      console.log(worker.output);
      throw e;
    });
    expect(receipt.streams.projects).toMatchObject({ created: 21, quarantined: 5 });
    expect(receipt.streams.incentive_programs).toMatchObject({ created: 3, quarantined: 0 });

    const hashed = createHmac('sha256', hashKey).update(person).digest('hex');
    const [row] = await world.sql`SELECT * FROM incentify.projects WHERE id = 1`;
    expect(row).toMatchObject({ created_by_email: hashed, created_by_first_name: null, created_by_id: '1' });
    expect(row!.raw.created_by).toEqual({ id: 1, email: hashed });
    expect(row!.custom_data_points).toEqual([{ id: 1, name: 'n', type: 'text' }]);
    const aside = await world.sql`SELECT path, reason, raw_text FROM sync.quarantine ORDER BY record_id`;
    expect(aside.map(({ path, reason, raw_text }) => [path, reason, raw_text !== null])).toEqual([
      ['title', 'must be text', true],
      ['created_by', expect.stringMatching(/must be an object.*bytes, not kept/), false],
      ['title', expect.stringContaining('surrogate'), true],
      ['', expect.stringMatching(/is not valid JSON \(\d+ bytes, not kept/), false],
      ['id', 'is missing', true],
    ]);
    const places = [await everything(), await history(), worker.output, JSON.stringify(receipt)];
    for (const place of places) {
      expect(place).not.toContain('unmistakable');
      expect(place).not.toContain(hashKey);
      expect(place).not.toContain(Buffer.from(`"${person}`).toString('base64').slice(4, 20));
    }
  });

  it('of rows that are stored already go with the next run after a change of the rules, and only there', async () => {
    world = await World.create({ sandbox: { sizes }, env: { HASH_KEY: hashKey } });
    world.sandbox.edit('incentify', 'projects', { op: 'update', at: 0, set: { created_by: { email: person } } });
    world.sandbox.edit('incentify', 'projects', { op: 'insert', text: `{"id":9,"title":5,"contact":"${person}"}` });
    world.sandbox.edit('incentify', 'credits', { op: 'update', at: 0, set: { created_by: null } });
    const stop = await world.worker();
    await world.sync();
    expect(await everything()).toContain(person);
    await stop();

    const file = join(world.folder, 'incentive-sync.yaml');
    const before = JSON.parse(await readFile(file, 'utf8'));
    const { streams: _, ...changed } = rules;
    await writeFile(
      file,
      JSON.stringify({ connections: { portfolio: { ...before.connections.portfolio, ...changed } } }),
    );
    await world.worker();
    const receipt = await world.sync();
    expect(receipt).toMatchObject({
      status: 'completed',
      streams: { projects: { updated: 20, quarantined: 1 } },
    });
    expect(receipt.streams.credits!.unchanged).toBeGreaterThan(0);
    expect(receipt.streams.credits!.updated).toBeGreaterThan(10);
    expect(await everything()).not.toContain(person);
    expect((await world.sync()).streams.projects).toMatchObject({ updated: 0, unchanged: 20 });
  });
});
