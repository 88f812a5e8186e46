import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamCounts } from '../src/receipt.ts';
import { World } from '../test/support/world.ts';
import { withServers } from './servers.ts';

const name = 'win-info';
/** Where nothing is written: cursor, ledger and receipt are. */
const mostLogged = 1_000_000;

/**
 * A result of 1,000,000 rows that is loaded once more, and a second snapshot of which 1 % changed: what PostgreSQL writes.
 * `words`: another number of rows.
 */
export async function prove(words: string[]) {
  const rows = Number(words[0] ?? 1_000_000);
  process.stderr.write(`Loading ${rows} rows, the same once more, and a snapshot with 1 % changed …\n`);
  return withServers(async (servers) => {
    const step = { changedPercent: 1, newPercent: 0, removedPercent: 0 };
    const neoday = { only: [name], exports: { [name]: { rows, results: 1, ...step } } };
    const world = await World.create({ servers, system: 'neoday', neoday });
    try {
      await world.workerProcess();
      return await measure(world, rows);
    } finally {
      await world.close();
    }
  });
}

async function measure(world: World, rows: number) {
  const first = await written(world);
  await world.sql`
    UPDATE neoday.results SET state = 'pending', bytes_done = 0, rows_done = 0, quarantined = 0 WHERE export = ${name}`;
  const again = await written(world);
  world.sandbox.neoday.addResult(name);
  const changed = await written(world);
  const some = rows / 100;
  const complaints = [
    ...expected('first', first, { inserted: rows, updated: 0, moved: rows, created: rows, unchanged: 0 }),
    ...expected('again', again, { inserted: 0, updated: 0, moved: 0, created: 0, unchanged: rows }),
    // The new form of a row is inserted, and the old one closed.
    ...expected('changed', changed, {
      ...{ inserted: some, updated: some, moved: 2 * some, created: some, unchanged: rows - some },
    }),
    ...(again.walBytes > mostLogged ? [`again: ${again.walBytes} bytes of write-ahead log for nothing`] : []),
  ];
  return { figures: { rows, first, again, changed }, complaints };
}

interface Written {
  /** By PostgreSQL's own counters of the table. */
  inserted: number;
  updated: number;
  deleted: number;
  /** Rows of the table that were not there before in this version. */
  moved: number;
  walBytes: number;
  /** By the receipt. */
  created: number;
  unchanged: number;
  seconds: number;
}

/** What one run writes into the table. */
async function written(world: World): Promise<Written> {
  // Hint bits and the like of earlier writes are none of this one's.
  await world.sql`VACUUM (ANALYZE) neoday.win_info`;
  await world.sql`CHECKPOINT`;
  await world.sql`CREATE UNLOGGED TABLE before AS SELECT ctid::text || xmin::text AS version FROM neoday.win_info`;
  const before = { ...(await counters(world)), wal: await walPosition(world) };
  const begun = performance.now();
  const counts = await load(world);
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  const walBytes = (await walPosition(world)) - before.wal;
  // A backend tells its counters after ten seconds of idleness at the latest.
  await sleep(12_000);
  const after = await counters(world);
  const [row] = await world.sql<{ moved: number }[]>`
    SELECT count(*)::int AS moved FROM neoday.win_info
    WHERE NOT EXISTS (SELECT FROM before WHERE version = win_info.ctid::text || win_info.xmin::text)`;
  await world.sql`DROP TABLE before`;
  return {
    inserted: after.inserted - before.inserted,
    updated: after.updated - before.updated,
    deleted: after.deleted - before.deleted,
    moved: row?.moved ?? -1,
    walBytes,
    created: counts?.created ?? -1,
    unchanged: counts?.unchanged ?? -1,
    seconds,
  };
}

async function load(world: World): Promise<StreamCounts | undefined> {
  const receipt = await world.receipt(await world.start(), 1_200_000);
  if (receipt.status !== 'completed') throw new Error(`the run ended ${receipt.status}: ${receipt.reasons.join(' ')}`);
  return receipt.streams[name];
}

async function counters({ sql }: World) {
  const [row] = await sql<{ inserted: number; updated: number; deleted: number }[]>`
    SELECT n_tup_ins::float8 AS inserted, n_tup_upd::float8 AS updated, n_tup_del::float8 AS deleted
    FROM pg_stat_user_tables WHERE schemaname = 'neoday' AND relname = 'win_info'`;
  return row ?? { inserted: 0, updated: 0, deleted: 0 };
}

async function walPosition({ sql }: World): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 AS bytes`;
  return row?.bytes ?? 0;
}

function expected(what: string, found: Written, wanted: Partial<Written>): string[] {
  return Object.entries({ deleted: 0, ...wanted }).flatMap(([key, value]) => {
    const is = found[key as keyof Written];
    return is === value ? [] : [`${what}: ${key} is ${is} instead of ${value}`];
  });
}
