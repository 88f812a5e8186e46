import { beforeAll, describe, expect, it } from 'vitest';
import { judgeNow } from '../../src/activities/look-after-alerts.ts';
import type { AlertRule } from '../../src/config/alerts/settings.ts';
import { listAlerts } from '../../src/store/alerts/list.ts';
import { openStore, type Store } from '../../src/store/connect.ts';
import { copyTemplate } from '../support/world.ts';

let store: Store;
beforeAll(async () => {
  store = openStore({ url: (await copyTemplate()).databaseUrl });
  // What the rules read of the forecast, so that a test can say how full a pool is.
  await store.sql.unsafe(`
    DROP SCHEMA IF EXISTS vibes CASCADE; CREATE SCHEMA vibes;
    CREATE TABLE vibes.pool_forecast (connection text, id bigint, name text, remaining bigint, low_threshold bigint,
      issued_per_day numeric, runs_out_at timestamptz)`);
  return () => store.close();
});

const rules: AlertRule[] = [{ on: 'pool-low' }, { on: 'pool-dry', withinDays: 3 }];
const settings = { channels: [], rules, every: 60_000, giveUpAfter: 60_000 };
const look = () => judgeNow(store, { settings, connections: [{ name: 'codes', system: 'vibes' }] });
const set = (remaining: number, days: number) => store.sql`
  UPDATE vibes.pool_forecast SET remaining = ${remaining}, runs_out_at = now() + make_interval(days => ${days})`;

describe('a pool in the database', () => {
  it('is told once as it runs low and dry, with every digit of its id, and once as it is filled again', async () => {
    await store.sql`INSERT INTO vibes.pool_forecast VALUES
      ('codes', 9007199254740993, 'Summer', 5000, 100, 50, now() + interval '100 days')`;
    expect(await look()).toEqual({ raised: 0, recovered: 0 });
    await set(90, 2);
    expect([await look(), await look()]).toEqual([
      { raised: 2, recovered: 0 },
      { raised: 0, recovered: 0 },
    ]);
    const open = await listAlerts(store.sql, false, 10);
    expect(open.map(({ rule, subject }) => `${rule} ${subject}`).toSorted()).toEqual([
      'pool-dry 9007199254740993',
      'pool-low 9007199254740993',
    ]);
    await set(5000, 100);
    expect([await look(), await look()]).toEqual([
      { raised: 0, recovered: 2 },
      { raised: 0, recovered: 0 },
    ]);
  });
});
