import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { finished, startCli } from './cli.ts';
import { Aside } from './quarantine.ts';

const many = 100_000;
const million = 1_000_000;

describe('a quarantine that is very full', { timeout: 1_200_000 }, () => {
  let aside: Aside;
  /** Runs the command; gives the most megabytes that its process took, and the seconds. */
  const measured = async (...args: string[]) => {
    const begun = performance.now();
    const { pid, ended, stderr } = startCli(['quarantine', ...args], { cwd: aside.folder, env: aside.env });
    let peak = 0;
    const look = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      } catch {
        // It has ended.
      }
    }, 50);
    const code = await ended;
    clearInterval(look);
    const seconds = (performance.now() - begun) / 1000;
    console.log(`${args.join(' ')}: ${seconds.toFixed(1)} s, ${peak.toFixed(0)} MB`);
    return { code, peak, stderr: stderr() };
  };
  afterEach(() => aside.loads.sql.end());

  it('is exported and replayed without taking memory for it', async () => {
    aside = await Aside.open();
    await aside.readable(10);
    const small = await measured('export', '--output', 'small.ndjson');
    await aside.readable(million - 10, 11);
    const all = await measured('export', '--output', 'all.ndjson');
    expect(all).toMatchObject({ code: 0, stderr: expect.stringContaining('1,000,000 exported') });
    expect(statSync(join(aside.folder, 'all.ndjson')).size).toBeGreaterThan(300 * million);
    expect(all.peak).toBeLessThan(small.peak + 100);

    await aside.loads.sql`DELETE FROM sync.quarantine WHERE row_number > ${many}`;
    const replayed = await measured('replay', '--connection', 'games');
    expect(replayed).toMatchObject({ code: 0, stderr: expect.stringContaining('100,000 of 100,000 stored') });
    expect(replayed.peak).toBeLessThan(small.peak + 100);
  });

  it('is replayed once, however often the command is killed and whoever else replays it', async () => {
    aside = await Aside.open();
    await aside.readable(20_000);
    const start = () =>
      startCli(['quarantine', 'replay', '--connection', 'games'], { cwd: aside.folder, env: aside.env });
    const counts = async () => {
      const [counted] = await aside.loads.sql<{ rows: number; closed: number; users: number }[]>`
        SELECT count(*)::int AS rows, count(DISTINCT userid)::int AS users,
          (SELECT count(*)::int FROM sync.quarantine WHERE resolution = 'replayed') AS closed
        FROM neoday.win_info WHERE userid <> 'a'`;
      return counted!;
    };
    for (let kill = 1; kill <= 4; kill++) {
      const { closed: before } = await counts();
      const { child, ended } = start();
      await expect.poll(async () => (await counts()).closed, { timeout: 60_000, interval: 20 }).toBeGreaterThan(before);
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      const { rows, closed, users } = await counts();
      expect([rows, users]).toEqual([closed, closed]);
      expect(closed).toBeLessThan(20_000);
    }
    const both = await Promise.all([finished(start()), finished(start())]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await counts()).toEqual({ rows: 20_000, closed: 20_000, users: 20_000 });
  });
});
