import { beforeAll, describe, expect, it } from 'vitest';
import { judgeNow } from '../../src/activities/look-after-alerts.ts';
import type { AlertRule } from '../../src/config/alerts/settings.ts';
import { listAlerts } from '../../src/store/alerts/list.ts';
import { openStore, type Store } from '../../src/store/connect.ts';
import { copyTemplate } from '../support/world.ts';

const id = '9007199254740993';
let store: Store;
beforeAll(async () => {
  store = openStore({ url: (await copyTemplate()).databaseUrl });
  await store.sql`
    INSERT INTO vibes.pools (connection, id, name, issuance_allowed, raw, content_hash, run_id)
    VALUES ('codes', ${id}, 'Summer', true, '{}', gen_random_uuid(), 'r1')`;
  return () => store.close();
});

const rules: AlertRule[] = [{ on: 'pool-low' }, { on: 'pool-dry' }];
const settings = { channels: [], rules, every: 60_000, giveUpAfter: 60_000 };
const look = () => judgeNow(store, { settings, connections: [{ name: 'codes', system: 'vibes', lowWithinDays: 2 }] });
const level = (hoursAgo: number, total: number, remaining: number) => store.sql`
  INSERT INTO vibes.pool_levels (connection, pool_id, read_at, total, issued, remaining, low_threshold)
  VALUES ('codes', ${id}, now() - make_interval(hours => ${hoursAgo}), ${total}, ${total - remaining}, ${remaining}, 100)`;

describe('a pool in the database', () => {
  it('is told once as it runs low and dry, by its forecast, and once as it is filled again', async () => {
    await level(48, 1000, 200);
    expect(await look()).toEqual({ raised: 0, recovered: 0 });
    await level(1, 1000, 90);
    expect([await look(), await look()]).toEqual([
      { raised: 2, recovered: 0 },
      { raised: 0, recovered: 0 },
    ]);
    const open = await listAlerts(store.sql, false, 10);
    expect(open.map(({ rule, subject }) => `${rule} ${subject}`).toSorted()).toEqual([
      `pool-dry ${id}`,
      `pool-low ${id}`,
    ]);
    expect(open.find(({ rule }) => rule === 'pool-dry')?.text).toMatch(/90 codes are left at 56 a day/);
    await level(0, 9000, 8090);
    expect([await look(), await look()]).toEqual([
      { raised: 0, recovered: 2 },
      { raised: 0, recovered: 0 },
    ]);
  });

  it('that is gone recovers', async () => {
    await level(-1, 9000, 50);
    expect(await look()).toEqual({ raised: 2, recovered: 0 });
    await store.sql`UPDATE vibes.pools SET deleted_at = now()`;
    expect(await look()).toEqual({ raised: 0, recovered: 2 });
  });
});
