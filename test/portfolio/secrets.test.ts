import { afterEach, describe, expect, it } from 'vitest';
import { files, histories, tables } from '../support/everywhere.ts';
import { World } from '../support/world.ts';
import { small } from './help.ts';

const key = 'k3y-that-nobody-may-see';
/** Also in the forms in which it could hide. */
const spellings = [key, Buffer.from(key).toString('base64'), Buffer.from(key).toString('base64').replace(/=+$/, '')];

describe('the key', () => {
  let world: World;
  afterEach(() => world.close());

  it('is in no history, no log, no receipt and no table, however runs end', async () => {
    world = await World.create({ sandbox: { sizes: small, apiKey: key }, env: { PORTFOLIO_KEY: key } });
    const worker = await world.workerProcess();
    const receipts = [await world.sync()];
    world.sandbox.addFaults({ kind: 'status', status: 500, first: 2 }, { kind: 'cut', skip: 3, first: 1 });
    receipts.push(await world.sync());
    world.sandbox.setFaults([{ kind: 'status', status: 404 }]);
    receipts.push(await world.sync());
    world.sandbox.setFaults([{ kind: 'status', status: 403 }]);
    receipts.push(await world.sync());
    world.sandbox.clearFaults();
    expect(receipts.map(({ status }) => status)).toEqual(['completed', 'completed', 'failed', 'parked']);
    expect(world.sandbox.journal().every((entry) => entry.key === 'accepted')).toBe(true);

    const told = await histories(world);
    expect(told).toHaveLength(4);
    const places = {
      histories: told.join('\n'),
      receipts: JSON.stringify(receipts),
      logs: worker.output,
      tables: await tables(world),
      files: await files(world),
    };
    // The search would find it: what is searched for is there under the names that may be told.
    expect(places.histories).toContain('answered 403');
    expect(places.histories).toContain(receipts[0]!.runId);
    expect(places.tables).toContain('portfolio');
    expect(places.logs).toContain('answered 404');
    for (const [place, text] of Object.entries(places)) {
      for (const spelling of spellings) expect(text.includes(spelling), place).toBe(false);
    }
  });
});
