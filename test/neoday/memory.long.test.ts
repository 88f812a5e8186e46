import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';

const name = 'win-info';

describe.skipIf(process.platform !== 'linux')('the memory of a worker that loads a file', { timeout: 400_000 }, () => {
  let world: World;
  afterEach(() => world.close());

  /** Of a fresh worker that loads one file and rewrites it, in MB. */
  const peak = async (rows: number) => {
    world = await World.create({
      system: 'neoday',
      neoday: { only: [name], exports: { [name]: { rows, results: 1 } } },
    });
    const { child } = await world.workerProcess();
    expect(await world.sync()).toMatchObject({ streams: { [name]: { created: rows } } });
    const again = await world.receipt(await world.resync());
    expect(again).toMatchObject({ streams: { [name]: { unchanged: rows } } });
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
  };

  it('stays under 400 MB and is the same for a file six times as large, within 10 %', async () => {
    const small = await peak(200_000);
    await world.close();
    const large = await peak(1_200_000);
    console.log(`peak of ${small.toFixed(0)} MB for 27 MB, ${large.toFixed(0)} MB for 164 MB`);
    expect(large).toBeLessThan(400);
    expect(large / small).toBeLessThan(1.1);
  });
});
