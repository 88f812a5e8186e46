import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
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

    const places = {
      histories: await histories(),
      receipts: JSON.stringify(receipts),
      logs: worker.output,
      tables: await tables(),
      files: await files(world.folder),
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

  /** Everything that every history of the namespace says. */
  async function histories(): Promise<string> {
    const texts: string[] = [];
    for await (const { workflowId, runId } of world.client.workflow.list()) {
      const history = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
      texts.push(textsIn(history).join('\n'));
    }
    expect(texts).toHaveLength(4);
    return texts.join('\n');
  }

  async function tables(): Promise<string> {
    const names = await world.sql<{ name: string }[]>`
      SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`;
    expect(names.length).toBeGreaterThan(8);
    const rows = await Promise.all(
      names.map(({ name }) => world.sql.unsafe(`SELECT t::text AS row FROM ${name} AS t`)),
    );
    return rows.flatMap((some) => some.map(({ row }) => row)).join('\n');
  }
});

/** Every string of a message, however deep, and every payload as text. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

async function files(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name)));
  return (await Promise.all(texts)).join('\n');
}
