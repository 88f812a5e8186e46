import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { watchRun } from '../../src/operations/watch.ts';
import { resumeSignal } from '../../src/workflows/messages.ts';
import { World } from '../support/world.ts';
import { small } from './help.ts';

describe('a wrong key', () => {
  let world: World;
  afterEach(() => world.close());

  async function withKeyFile(badKeyStatus: 401 | 403) {
    world = await World.create({
      sandbox: { sizes: small, badKeyStatus },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a file
      connection: { apiKey: '${file:key.txt}' },
    });
    await setKey('sandbox-key');
    await world.worker();
    expect(await world.sync()).toMatchObject({ status: 'completed' });
  }

  const setKey = (key: string) => writeFile(join(world.folder, 'key.txt'), `${key}\n`);

  const rows = () => world.sql`
    SELECT 'p' AS stream, id::text, synced_at, run_id, deleted_at FROM incentify.projects
    UNION ALL SELECT 'c', id::text, synced_at, run_id, deleted_at FROM incentify.credits
    UNION ALL SELECT 'u', id::text, synced_at, run_id, deleted_at FROM incentify.utilizations ORDER BY 1, 2`;

  it('parks the run and touches no row; mended, the same run goes on when told to', async () => {
    await withKeyFile(403);
    const before = [...(await rows())];
    await setKey('yesterdays-key');
    const run = await world.start();
    const parked = await watchRun(run, { pollMs: 50 });
    expect(parked).toMatchObject({ status: 'parked', runId: run.id });
    expect(parked.reasons).toEqual([
      expect.stringMatching(
        /^Incentify \(GET http.*\/projects\) answered 403: .*Correct the key of `portfolio`, which is \$\{file:key\.txt\}, then type `incentive-sync resume portfolio`\.$/,
      ),
    ]);
    expect([...(await rows())]).toEqual(before);
    const [stored] = await world.sql`SELECT status, finished_at FROM sync.runs WHERE run_id = ${run.id}`;
    expect(stored).toEqual({ status: 'parked', finished_at: null });

    await setKey('sandbox-key');
    await run.handle.signal(resumeSignal);
    const receipt = await run.handle.result();
    expect(receipt).toMatchObject({ status: 'completed', runId: run.id, reasons: [] });
    expect(receipt.streams.utilizations).toMatchObject({ fetched: 260, unchanged: 260, updated: 0 });
    expect([...(await rows())]).toEqual(before);
  });

  it('in the middle of a run keeps its place, and typing sync again takes it up from there', async () => {
    await withKeyFile(401);
    world.sandbox.addFaults({ kind: 'hold', streams: ['credits'], pages: [1] });
    world.sandbox.resetJournal();
    const run = await world.start();
    while (world.sandbox.held().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await setKey('yesterdays-key');
    world.sandbox.clearFaults();
    const parked = await watchRun(run, { pollMs: 50 });
    expect(parked).toMatchObject({ status: 'parked', runId: run.id });
    expect(parked.reasons[0]).toMatch(/answered 401/);
    const readBefore = world.sandbox.journal({ stream: 'projects' }).length;

    await setKey('sandbox-key');
    expect(await world.sync()).toMatchObject({ status: 'completed', runId: run.id });
    expect(world.sandbox.journal({ stream: 'projects' })).toHaveLength(readBefore);
  });
});
