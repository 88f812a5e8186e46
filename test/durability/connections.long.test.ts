import { setTimeout as sleep } from 'node:timers/promises';
import { sql as text } from 'drizzle-orm';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../src/errors.ts';
import { clientOptions, openStore, type Store } from '../../src/store/connect.ts';
import { databaseError, sqlState } from '../../src/store/errors.ts';
import { copyTemplate } from '../support/world.ts';

/** An exception that nobody catches ends a worker, and fails this file. */
describe('a store whose connections are cut', () => {
  let store: Store;
  let admin: Sql;
  let url: string;

  beforeAll(async () => {
    url = (await copyTemplate()).databaseUrl;
    store = openStore({ url, applicationName: 'cut' });
    admin = postgres(url, { ...clientOptions(url, 'scissors'), max: 1 });
  });
  afterAll(async () => {
    await store.close();
    await admin.end({ timeout: 1 });
  });

  /** Tells all connections to end; gives the processes behind them. */
  async function cut(): Promise<number[]> {
    const told = await admin<{ pid: number }[]>`
      SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'cut' AND datname = current_database()`;
    return told.map(({ pid }) => pid);
  }

  it.each([0, 50, 1_000])('fails a transaction that asks again %i ms later, and goes on', async (pauseMs) => {
    const lost = store.sql.begin(async (transaction) => {
      await transaction`SELECT 1`;
      await cut();
      await sleep(pauseMs);
      return transaction`SELECT 2`;
    });
    await expect(lost).rejects.toThrow();
    expect(await store.sql`SELECT 3 AS three`).toEqual([{ three: 3 }]);
  });

  it('fails a transaction through Drizzle alike', async () => {
    const lost = store.db.transaction(async (transaction) => {
      await transaction.execute(text`SELECT 1`);
      await cut();
      await sleep(50);
      return transaction.execute(text`SELECT 2`);
    });
    await expect(lost).rejects.toThrow();
    expect(await store.db.execute(text`SELECT 3 AS three`)).toEqual([{ three: 3 }]);
  });

  it('fails a COPY, with its rows gone', async () => {
    const { sql } = store;
    await sql`CREATE TABLE copied (line text)`;
    const lost = sql.begin(async (transaction) => {
      const copy = await transaction.unsafe('COPY copied FROM STDIN').writable();
      const failed = new Promise((_, reject) => copy.once('error', reject));
      copy.write('a line\n');
      await cut();
      const more = setInterval(() => copy.writable && copy.write('a line\n'), 5);
      await failed.finally(() => clearInterval(more));
    });
    await expect(lost).rejects.toThrow();
    expect(await sql`SELECT * FROM copied`).toEqual([]);
  });

  it('survives a storm, and has all its connections afterwards', { timeout: 30_000 }, async () => {
    const until = performance.now() + 2_000;
    const outcomes: Record<string, number> = {};
    const one = async () => {
      while (performance.now() < until) {
        const outcome = await store.sql
          .begin(async (transaction) => {
            await transaction`SELECT pg_sleep(0.003)`;
            await transaction`SELECT ${'x'.repeat(Math.random() * 3_000)}::text`;
          })
          .then(
            () => 'done',
            (error) => sqlState(error) ?? String(error),
          );
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    };
    let told: number[] = [];
    const storm = async () => {
      while (performance.now() < until) {
        await sleep(Math.random() * 40);
        told = await cut();
      }
    };
    await Promise.all([storm(), ...Array.from({ length: 10 }, one)]);
    expect(outcomes.done).toBeGreaterThan(0);
    expect(Object.keys(outcomes).length).toBeGreaterThan(1);
    // A busy machine ends a connection long after it was told to.
    const ending = () => admin`SELECT FROM pg_stat_activity WHERE pid = ANY (${`{${told}}`}::int[])`;
    await expect.poll(async () => (await ending()).length, { timeout: 10_000 }).toBe(0);
    await sleep(100);
    const begun = performance.now();
    await Promise.all(Array.from({ length: 12 }, () => store.sql`SELECT pg_sleep(0.1)`));
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('is told of a refused connection however often it tries', async () => {
    const nowhere = new URL(url);
    nowhere.port = '1';
    const refused = openStore({ url: nowhere.href, maxConnections: 2 });
    for (let attempt = 1; attempt <= 6; attempt++) {
      const error = await refused.sql`SELECT 1`.catch((cause: unknown) => databaseError('answer', cause));
      expect(error).toBeInstanceOf(DatabaseError);
      expect(String(error)).toContain('nothing listens at its address');
    }
    await refused.close();
  });
});
