import { beforeAll, describe, expect, it } from 'vitest';
import { renameConnection } from '../../src/store/connections.ts';
import { readTicks, writeTick } from '../../src/store/ticks.ts';
import { copyTemplate } from '../support/world.ts';
import { connect } from './database.ts';

const due = (connection: string, tickId: string, dueAt: string) => ({
  tickId,
  connection,
  dueAt,
  begunAt: dueAt,
  overlap: 'skip',
  outcome: 'waiting' as const,
  runId: null,
  why: null,
});

describe('the ticks of a schedule', () => {
  let sql: ReturnType<typeof connect>;
  beforeAll(async () => {
    sql = connect((await copyTemplate()).databaseUrl);
  });
  const stored = async (connection: string) =>
    (await sql<{ id: string }[]>`SELECT tick_id AS id FROM sync.ticks WHERE connection = ${connection}`).map(
      ({ id }) => id,
    );

  it('have one row each, however often they are noted, which keeps when it was first looked at', async () => {
    const tick = due('a', 'a1', '2025-06-02T10:00:00.000Z');
    await writeTick(sql, tick);
    const [first] = await readTicks(sql, 'a', { limit: 10 });
    await writeTick(sql, { ...tick, outcome: 'started', runId: 'r1', why: 'It had waited.' });
    expect(await readTicks(sql, 'a', { limit: 10 })).toEqual([
      { ...tick, judgedAt: first!.judgedAt, outcome: 'started', runId: 'r1', why: 'It had waited.' },
    ]);
  });

  it('are read newest first, so many, from a time on', async () => {
    for (const hour of [1, 3, 2]) await writeTick(sql, due('b', `b${hour}`, `2025-06-02T0${hour}:00:00.000Z`));
    const ids = async (options: Parameters<typeof readTicks>[2]) =>
      (await readTicks(sql, 'b', options)).map(({ tickId }) => tickId);
    expect(await ids({ limit: 2 })).toEqual(['b3', 'b2']);
    expect(await ids({ limit: 9, since: new Date('2025-06-02T02:00:00Z') })).toEqual(['b3', 'b2']);
  });

  it('are kept for 90 days, and only the newest 5,000 of a connection', async () => {
    await sql`
      INSERT INTO sync.ticks (tick_id, connection, due_at, begun_at, judged_at, overlap, outcome)
      SELECT 'c' || n, 'c', at, at, at, 'skip', 'skipped'
      FROM generate_series(1, 5100) AS n, LATERAL (SELECT now() - n * interval '1 minute' AS at) AS times`;
    await sql`
      INSERT INTO sync.ticks (tick_id, connection, due_at, begun_at, judged_at, overlap, outcome)
      SELECT 'd' || n, 'd', at, at, at, 'skip', 'skipped'
      FROM generate_series(88, 93) AS n, LATERAL (SELECT now() - n * interval '1 day' AS at) AS times`;
    const now = new Date().toISOString();
    await writeTick(sql, due('c', 'new', now));
    const left = await stored('c');
    expect(left).toHaveLength(5000);
    expect(left).toEqual(expect.arrayContaining(['new', 'c1', 'c4999']));
    expect(await stored('d')).toHaveLength(6);
    // A backfill of long ago was looked at now.
    await writeTick(sql, due('d', 'long-ago', '2020-01-01T00:00:00.000Z'));
    await writeTick(sql, due('d', 'new-d', now));
    expect((await stored('d')).sort()).toEqual(['d88', 'd89', 'long-ago', 'new-d']);
  });

  it('do not keep a connection from a name that only they know', async () => {
    const allowed = async () => undefined;
    await sql`INSERT INTO sync.connections (connection, system) VALUES ('old', 'incentify'), ('there', 'incentify')`;
    for (const name of ['old', 'new', 'there']) {
      await writeTick(sql, due(name, `tick-${name}`, '2025-06-02T10:00:00.000Z'));
    }
    await renameConnection(sql, { from: 'old', to: 'new' }, allowed);
    expect(await stored('new')).toEqual(['tick-old']);
    await expect(renameConnection(sql, { from: 'new', to: 'there' }, allowed)).rejects.toThrow('`there`');
    expect(await stored('there')).toEqual(['tick-there']);
  });
});
