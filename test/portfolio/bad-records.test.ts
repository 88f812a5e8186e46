import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';
import { openQuarantine, small } from './help.ts';

const stream = 'projects';
const deep = `${'['.repeat(25_000)}${']'.repeat(25_000)}`;

/** A record's text with one thing replaced. */
const changed = (text: string, from: RegExp, to: string) => {
  expect(text).toMatch(from);
  return text.replace(from, () => to);
};

describe('records that cannot be stored', () => {
  let world: World;
  let texts: string[];
  let ids: string[];
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes: small } });
    await world.worker();
    const records = [...world.sandbox.records('incentify', stream)];
    texts = records.map(({ text }) => text);
    ids = records.map(({ id }) => id!);
    expect(await world.sync([stream])).toMatchObject({ status: 'completed' });
  });
  afterAll(() => world.close());

  const put = (at: number, text: string) => world.sandbox.edit('incentify', stream, { op: 'put', at, text });
  const mend = () => texts.forEach((text, at) => void put(at, text));

  it('are put aside with where and why, the rest of the page is stored, and the receipt says so', async () => {
    const bad: [RegExp, string, string, RegExp][] = [
      [/"id":\d+,/, '', 'id', /is missing/],
      [/"id":(\d+)/, '"id":"4711"', 'id', /must be a whole number/],
      [/"item_count":\d+/, '"item_count":"many"', 'credits.item_count', /must be a whole number/],
      [/"status":"/, '"status":"\\u0000', 'status', /U\+0000/],
      [/"title":"/, '"title":"\\ud83d', 'account.title', /surrogate/],
      [/"tags":\[/, '"tags":[1e200000,', 'tags.0', /larger than PostgreSQL can hold/],
      [/"created_at":"[^"]*"/, '"created_at":"2022-05-03T17:13:44+19:00"', '', /column created_at \(SQLSTATE 22009\)/],
      [/"tags":\[/, `"tags":[${deep},`, '', /cannot hold the record \(SQLSTATE 54001\)/],
    ];
    bad.forEach(([from, to], index) => void put(index * 7, changed(texts[index * 7]!, from, to)));
    put(59, changed(texts[59]!, /"title":"/, '"title":"changed '));

    const receipt = await world.sync([stream]);
    expect(receipt.status).toBe('completed');
    expect(receipt.reasons).toEqual([
      expect.stringMatching(/^projects: 2 rows were not shown .*2 of its records told no id and may be these/),
      'projects: 8 records were put aside; see table sync.quarantine for which and why.',
    ]);
    expect(receipt.streams.projects).toMatchObject({
      total: 60,
      fetched: 60,
      quarantined: 8,
      updated: 1,
      unchanged: 51,
    });
    const aside = await openQuarantine(world, stream);
    expect(aside.map(({ path }) => path).toSorted()).toEqual(bad.map(([, , path]) => path).toSorted());
    for (const [index, [, , path, reason]] of bad.entries()) {
      const nameless = index < 2;
      expect(aside, path).toContainEqual({
        record_id: nameless ? null : ids[index * 7],
        path,
        reason: expect.stringMatching(reason),
        raw_text: [...world.sandbox.records('incentify', stream)][index * 7]!.text,
      });
    }
    // What was stored of them before is kept as it was.
    const [row] = await world.sql`SELECT status FROM incentify.projects WHERE id = ${ids[21]!}`;
    expect(row!.status).not.toContain('\0');
  });

  it('are the same entries, seen once more, when they come again', async () => {
    const before = await world.sql`SELECT id, first_seen_at FROM sync.quarantine ORDER BY id`;
    const receipt = await world.sync([stream]);
    expect(receipt.streams.projects).toMatchObject({ fetched: 60, quarantined: 8, updated: 0, unchanged: 52 });
    const after = await world.sql`SELECT id, first_seen_at FROM sync.quarantine ORDER BY id`;
    expect([...after]).toEqual([...before]);
    const [seen] = await world.sql`SELECT bool_and(last_seen_at > first_seen_at) AS again FROM sync.quarantine`;
    expect(seen).toEqual({ again: true });
  });

  it('are stored once they are mended at the source, and their entries closed', async () => {
    mend();
    put(14, changed(texts[14]!, /"item_count":\d+/, '"item_count":77'));
    const receipt = await world.sync([stream]);
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(receipt.streams.projects).toMatchObject({ fetched: 60, quarantined: 0, updated: 2, unchanged: 58 });
    expect(await openQuarantine(world, stream)).toEqual([]);
    const closed = await world.sql`SELECT record_id, resolution FROM sync.quarantine WHERE resolved_at IS NOT NULL`;
    expect(closed).toHaveLength(8);
    expect(closed.find(({ record_id }) => record_id === ids[14])?.resolution).toMatch(/a later version/);
    expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
  });

  it('are stored once a newer version can read them, although nothing has changed at the source', async () => {
    const id = ids[21]!;
    await world.sql`DELETE FROM incentify.projects WHERE id = ${id}`;
    await world.sql`
      UPDATE sync.quarantine SET resolved_at = NULL, resolution = NULL, mapping_version = 0, raw_text = ${texts[21]!},
        content_hash = gen_random_uuid()
      WHERE record_id = ${id}`;
    mend();
    const receipt = await world.sync([stream]);
    expect(receipt.streams.projects).toMatchObject({ quarantined: 0, created: 1 });
    expect(await openQuarantine(world, stream)).toEqual([]);
    const [entry] = await world.sql`SELECT resolution FROM sync.quarantine WHERE record_id = ${id}`;
    expect(entry!.resolution).toMatch(/was stored/);
    expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
  });

  it('make the run partial where they are more than ten and more than a hundredth', async () => {
    for (let at = 0; at < 11; at++) put(at, changed(texts[at]!, /"item_count":\d+/, '"item_count":"many"'));
    const receipt = await world.sync([stream]);
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons).toEqual([
      expect.stringMatching(/^projects: 11 of 60 records do not fit, more than maxQuarantinePercent \(1\) allows/),
      'projects: 11 records were put aside; see table sync.quarantine for which and why.',
    ]);
  });

  it('make the run partial where they are all there is, however few', async () => {
    world.sandbox.reset();
    const keep = { op: 'put', at: 0, text: '{"id":"seven"}' } as const;
    const others = Array.from({ length: 59 }, () => ({ op: 'delete', at: 1 }) as const);
    world.sandbox.edit('incentify', stream, keep, ...others);
    const receipt = await world.sync([stream]);
    expect(receipt).toMatchObject({ status: 'partial', streams: { projects: { total: 1, quarantined: 1 } } });
  });

  it('that have no room in PostgreSQL do not hold up the others, however many there are', async () => {
    world.sandbox.reset();
    for (const [at, text] of texts.entries()) {
      if (at % 2 === 0) put(at, changed(text, /"tags":\[/, `"tags":[${deep},`));
      else put(at, changed(text, /"title":"/, `"title":"${at} `));
    }
    const never = '"created_at":"2022-05-03T17:13:44+19:00"';
    world.sandbox.edit('incentify', stream, { op: 'insert', at: 0, text: `{"id":1000001,${never}}` });
    world.sandbox.edit('incentify', stream, { op: 'insert', at: 0, text: '{"id":1000002}' });
    const receipt = await world.sync([stream]);
    expect(receipt.streams.projects).toMatchObject({
      fetched: 62,
      quarantined: 31,
      updated: 30,
      created: 1,
      retries: 0,
    });
    expect(await openQuarantine(world, stream)).toHaveLength(31);
  });
});
