import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { replayEntry } from '../../src/activities/replay.ts';
import { openStore } from '../../src/store/connect.ts';
import { copyLine, readCopyLine } from '../../src/store/copy.ts';
import { commitRows } from '../../src/store/neoday/commit.ts';
import { countOtherRules } from '../../src/store/neoday/ledger.ts';
import { mergeResult } from '../../src/store/neoday/merge.ts';
import { packRows } from '../../src/store/neoday/packed-rows.ts';
import { forgetOtherRules } from '../../src/store/neoday/quarantine.ts';
import { type Load, Loads, type Result, rowsOf, win } from './loads.ts';

let loads: Loads;
let connections = 0;
beforeAll(async () => {
  loads = await Loads.open();
});

const aConnection = () => ({ connection: `p${++connections}` });
const result = (created: number, rows: readonly string[]): Result => ({ id: `r${created}`, created, rows });
const bad = win('bad', '0', '2024-02-30 10:00:00.000');
const entries = ({ connection }: { connection: string }) => loads.sql`
  SELECT id::int, row_number::int AS row, times, result_id AS result, raw_text AS text, reason
  FROM sync.quarantine WHERE connection = ${connection} ORDER BY row_number`;
const replay = async (id: number) => {
  const store = openStore({ url: loads.url });
  return replayEntry(store, id, null).finally(() => store.close());
};

describe('rows of a file that are equal to the byte and do not fit', () => {
  it('are one entry that counts them all, over commits and loads, and each of them counts in the receipt', async () => {
    const load: Load & { connection: string } = { ...aConnection(), commit: 2 };
    const rows = [win('a'), bad, bad, win('b'), bad];
    expect(await loads.load(result(1, rows), load)).toMatchObject({ created: 2, quarantined: 3 });
    expect([...(await entries(load))]).toMatchObject([{ row: 2, times: 3, result: 'r1', text: bad }]);
    expect(await loads.again(result(1, rows), load)).toMatchObject({ unchanged: 2, quarantined: 3 });
    expect([...(await entries(load))]).toMatchObject([{ row: 2, times: 3 }]);
    await loads.load(result(2, [bad]), load);
    expect([...(await entries(load))]).toMatchObject([{ row: 1, times: 1, result: 'r2' }]);
  });

  it('become as many rows when they are replayed, beside equal ones that other files showed', async () => {
    const load = aConnection();
    await loads.load(result(1, [bad, bad, bad]), load);
    const [entry] = await entries(load);
    await loads.sql`UPDATE sync.quarantine SET raw_text = ${win('z')} WHERE id = ${entry!.id}`;
    expect(await replay(entry!.id)).toMatchObject({ result: 'replayed' });
    const ordinals = () => loads.sql`
      SELECT ordinal, last_result FROM neoday.win_info WHERE connection = ${load.connection} ORDER BY ordinal`;
    expect([...(await ordinals())]).toEqual([1, 2, 3].map((ordinal) => ({ ordinal, last_result: null })));
    await loads.sql`DELETE FROM neoday.win_info WHERE connection = ${load.connection} AND ordinal > 1`;
    await loads.sql`UPDATE sync.quarantine SET resolved_at = NULL WHERE id = ${entry!.id}`;
    expect(await replay(entry!.id)).toMatchObject({ result: 'replayed' });
    expect(await ordinals()).toHaveLength(3);
    await loads.sql`UPDATE sync.quarantine SET resolved_at = NULL WHERE id = ${entry!.id}`;
    expect(await replay(entry!.id)).toMatchObject({ result: 'present' });
  });
});

describe('a row that only PostgreSQL refuses', () => {
  it('is kept with its text, so that it can be shown, and replayed with the true reason', async () => {
    const load = aConnection();
    const file = result(1, [win('a'), win('b')]);
    await loads.register(load, file);
    const fence = await loads.claim(load);
    const opened = await loads.begin(load, fence, file);
    const { rows, ...batch } = rowsOf(load, file, 0, 2);
    const spoiled = rows.with(1, { ...rows[1]!, values: ['b\t"', 's', 't', '2024-02-30 00:00:00+00', null, null] });
    const packed = packRows(opened.sequence, spoiled);
    await commitRows(loads.sql, loads.table(load), fence, opened, { ...batch, rows: packed });
    await mergeResult(loads.sql, loads.table(load), fence, file.id, { complete: true });
    const [entry] = await entries(load);
    expect(entry).toMatchObject({ row: 2, times: 1, text: win('b\t"', '1', '2024-02-30 00:00:00') });
    const sentence = 'still does not fit: participation_date must be a date and time (2024-06-20 09:35:57.123)';
    expect(await replay(entry!.id)).toEqual({ id: entry!.id, result: 'unfit', sentence });
  });

  it('is read from the very line that was to be copied', () => {
    const value = fc.option(fc.string({ unit: fc.constantFrom('\\', 'N', 'n', 't', '\n', '\r', '\t', 'é', '"') }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
        const line = copyLine(values);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(readCopyLine(line.slice(0, -1))).toEqual(values);
      }),
    );
  });
});

describe('rules for personal data that have changed', () => {
  it('are told by the files loaded under others, whose texts are no longer kept', async () => {
    const load = { ...aConnection(), mapping: '1 UTC oldrules' };
    await loads.load(result(1, [win('a'), bad]), load);
    await loads.load(result(2, [win('a')]), { ...load, mapping: '1 UTC newrules' });
    expect(await countOtherRules(loads.sql, load.connection, 'oldrules')).toBe(1);
    expect(await countOtherRules(loads.sql, load.connection, 'newrules')).toBe(1);
    await forgetOtherRules(loads.sql, load.connection, 'oldrules');
    expect(await entries(load)).toMatchObject([{ text: bad }]);
    await forgetOtherRules(loads.sql, load.connection, 'newrules');
    const [entry] = await entries(load);
    expect(entry).toMatchObject({ text: null });
    expect(await replay(entry!.id)).toMatchObject({
      result: 'impossible',
      sentence: expect.stringContaining(`resync ${load.connection} --stream win-info`),
    });
  });
});
