import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';
import { small } from './help.ts';

describe('what is stored', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes: small } });
    await world.worker();
    expect(await world.sync()).toMatchObject({ status: 'completed' });
  });
  afterAll(() => world.close());

  const text = (stream: string, at: number) => [...world.sandbox.records('incentify', stream)][at]!.text;
  const put = (stream: string, at: number, record: string) =>
    world.sandbox.edit('incentify', stream, { op: 'put', at, text: record });
  const trail = (stream: string) =>
    world.sql.unsafe(`SELECT id::text, synced_at, run_id FROM incentify.${stream} ORDER BY id`);

  it('is every digit of ids and money, in the columns and in raw', async () => {
    const money = '12345678901234567.89';
    const ids = ['9007199254740993', '9007199254740992', '9223372036854775807'];
    for (const id of ids) {
      const record = text('utilizations', 0)
        .replace(/^\{"id":\d+/, `{"id":${id}`)
        .replace(/"gross_total":[\d.]+/, `"gross_total":${money}`)
        .replace(/"credit":\{"id":\d+/, '"credit":{"id":9007199254740995');
      world.sandbox.edit('incentify', 'utilizations', { op: 'insert', text: record });
    }
    const receipt = await world.sync(['utilizations']);
    expect(receipt).toMatchObject({ status: 'completed', streams: { utilizations: { created: 3, quarantined: 0 } } });
    const rows = await world.sql`
      SELECT id::text, credit_id::text, estimate_amount_usd_gross_total::text AS money,
        raw ->> 'id' AS raw_id, raw #>> '{estimate,amount,usd,gross_total}' AS raw_money, raw #>> '{credit,id}' AS raw_credit
      FROM incentify.utilizations WHERE id >= 9007199254740992 ORDER BY utilizations.id`;
    const credit = '9007199254740995';
    expect([...rows]).toEqual(
      ids.toSorted().map((id) => ({ id, credit_id: credit, money, raw_id: id, raw_money: money, raw_credit: credit })),
    );
    expect(await differences(world.sql, world.sandbox, 'utilizations')).toEqual(none);
    // The credit that they name is not there.
    expect(receipt.streams.utilizations?.orphans).toBe(3);
  });

  it('is what is not documented, too, in raw', async () => {
    put('credits', 2, text('credits', 2).replace(/^\{/, '{"brand_new":{"deep":[1,{"x":null}],"":"empty key"},'));
    const receipt = await world.sync(['credits']);
    expect(receipt).toMatchObject({ status: 'completed', streams: { credits: { updated: 1, quarantined: 0 } } });
    expect(await differences(world.sql, world.sandbox, 'credits')).toEqual(none);
  });

  it('is each documented field under its own name', async () => {
    const record = JSON.parse(text('utilizations', 7));
    const [row] = await world.sql`
      SELECT created_by_email, local_currency_hex_code, estimate_date::text, actual_amount_local_gross_total::float8 AS local,
        variance_actual_to_estimate_base_amount_percentage::float8 AS variance, legal_entity_title
      FROM incentify.utilizations WHERE id = ${record.id}`;
    expect(row).toEqual({
      created_by_email: record.created_by.email,
      local_currency_hex_code: record.local_currency.hex_code,
      estimate_date: record.estimate.date,
      local: record.actual.amount.local.gross_total,
      variance: record.variance.actual_to_estimate.base_amount_percentage,
      legal_entity_title: record.legal_entity?.title ?? null,
    });
  });

  it('changes only where the source did: all other rows keep their time and their run', async () => {
    const before = await trail('projects');
    world.sandbox.edit('incentify', 'projects', { op: 'update', at: 9, set: { status: 'Changed' } });
    const receipt = await world.sync(['projects']);
    expect(receipt.streams.projects).toMatchObject({ updated: 1, unchanged: 59, created: 0 });
    const after = await trail('projects');
    const touched = after.filter((row, index) => row.synced_at.getTime() !== before[index]!.synced_at.getTime());
    expect(touched).toEqual([
      { id: String(JSON.parse(text('projects', 9)).id), run_id: receipt.runId, synced_at: expect.any(Date) },
    ]);
    expect(after.filter(({ run_id }) => run_id === receipt.runId)).toHaveLength(1);
  });

  it('does not change where only blanks, key order or the spelling of a letter did', async () => {
    const before = await trail('projects');
    const record = JSON.parse(text('projects', 3));
    put('projects', 3, JSON.stringify(Object.fromEntries(Object.entries(record).reverse()), null, 4));
    put('projects', 4, text('projects', 4).replace('"status":', '"st\\u0061tus":'));
    for (let round = 0; round < 2; round++) {
      const receipt = await world.sync(['projects']);
      expect(receipt.streams.projects).toMatchObject({ updated: 0, unchanged: 60, created: 0 });
    }
    expect([...(await trail('projects'))]).toEqual([...before]);
  });

  it('says how many rows name another that is not there', async () => {
    const credits = [...world.sandbox.records('incentify', 'credits')].map((record) => JSON.parse(record.text));
    const project = credits[0].project.id;
    world.sandbox.edit('incentify', 'projects', { op: 'delete', id: project });
    await world.sql`DELETE FROM incentify.projects WHERE id = ${project}`;
    const receipt = await world.sync();
    expect(receipt.streams.credits?.orphans).toBe(credits.filter((credit) => credit.project.id === project).length);
    expect(receipt.streams.credits?.orphans).toBeGreaterThan(0);
    expect(receipt.streams.projects?.orphans).toBe(0);
  });

  it('is ten megabytes of notes, to the last character', async () => {
    const notes = 'Ω "quoted" \\ tab\t newline\n \\N \u2028 𝒳 '.repeat(290_000).slice(0, 10_000_000);
    put(
      'utilizations',
      5,
      text('utilizations', 5).replace(/"notes":("(?:[^"\\]|\\.)*"|null)/, () => `"notes":${JSON.stringify(notes)}`),
    );
    const receipt = await world.sync(['utilizations']);
    expect(receipt).toMatchObject({ status: 'completed', streams: { utilizations: { updated: 1, quarantined: 0 } } });
    const [row] = await world.sql<{ notes: string; raw: string }[]>`
      SELECT notes, raw ->> 'notes' AS raw FROM incentify.utilizations ORDER BY length(notes) DESC NULLS LAST LIMIT 1`;
    expect(row!.notes === notes).toBe(true);
    expect(row!.raw === notes).toBe(true);
  });
});
