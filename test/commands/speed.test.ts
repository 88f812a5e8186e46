import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { emptyFolder, startCli } from './cli.ts';

const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;

/** Milliseconds until a command writes its first character. */
async function firstOutput(args: string[], cwd: string): Promise<number> {
  const since = performance.now();
  const { child, ended } = startCli(args, { cwd });
  const first = await new Promise<number>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) stream?.once('data', () => resolve(performance.now() - since));
  });
  child.kill();
  await ended;
  return first;
}

describe('a command is there at once', () => {
  it.each([[['--help']], [['__complete', '--', 'sync', '']], [['status']]])('%j', { timeout: 60_000 }, async (args) => {
    const cwd = emptyFolder();
    await firstOutput(args, cwd);
    const ratios: number[] = [];
    for (let round = 0; round < 3; round++) {
      const since = performance.now();
      spawnSync(process.execPath, ['-e', '0']);
      const bare = performance.now() - since;
      ratios.push((await firstOutput(args, cwd)) / bare);
    }
    // About 3 on an idle machine; loading Temporal or Drizzle first makes it 20.
    expect(median(ratios)).toBeLessThan(9);
  });
});
