import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, ratio } from './figures.ts';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const rounds = 11;

/** What a person types, and which output is waited for. */
const starts: Record<string, { args: string[]; env?: Record<string, string> }> = {
  'bare Node': { args: ['-e', 'console.log(0)'] },
  '--version': { args: [cli, '--version'] },
  '--help': { args: [cli, '--help'] },
  '--help, nothing compiled before': { args: [cli, '--help'], env: { NODE_DISABLE_COMPILE_CACHE: '1' } },
  'Tab after `sync`': { args: [cli, '__complete', '--', 'sync', ''] },
  'first line of `status`': { args: [cli, 'status'] },
};

/** Starts each so many times, one after the other and round by round, and takes the time to the first output. */
export async function measure(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-cli-'));
  const times = new Map<string, number[]>();
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [what, { args, env = {} }] of Object.entries(starts)) {
        const taken = await untilFirstOutput(args, folder, env);
        // The first round compiles.
        if (round > 0) times.set(what, [...(times.get(what) ?? []), taken]);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return told(times);
}

function untilFirstOutput(args: string[], cwd: string, env: Record<string, string>): Promise<number> {
  const since = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let first = 0;
  const note = () => {
    first ||= performance.now() - since;
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(first));
  });
}

function told(times: ReadonlyMap<string, number[]>): unknown {
  const bare = times.get('bare Node') ?? [];
  const figures = [...times].map(([what, all]) => ({
    what,
    medianMs: Math.round(median(all)),
    toBareNode: ratio(median(all.map((one, round) => one / (bare[round] ?? one)))),
  }));
  for (const { what, medianMs, toBareNode } of figures) {
    process.stderr.write(
      `${what.padEnd(32)}${String(medianMs).padStart(6)} ms  ${toBareNode.toFixed(2)} × bare Node\n`,
    );
  }
  return { rounds, figures };
}
