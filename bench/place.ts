import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startStack } from '../src/runtime/stack.ts';
import { temporalCli } from '../test/support/temporal-cli.ts';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** Servers in a folder of their own, which is gone after `stop`. */
export async function startPlace() {
  const folder = await mkdtemp(join(tmpdir(), 'incentive-sync-bench-'));
  const stack = await startStack({
    dataDir: join(folder, 'data'),
    temporalCli: temporalCli(),
    env: process.env,
    onStep: () => undefined,
    ports: { postgres: 0, temporal: 0, webUi: 0 },
  });
  return {
    folder,
    databaseUrl: stack.databaseUrl,
    temporal: stack.temporal,
    stop: async () => {
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Child {
  pid: number;
  /** First line of standard output. */
  ready: string;
  /** Largest resident memory so far, in MiB. */
  peakMemory(): Promise<number>;
  stop(): Promise<void>;
}

/** One of our own commands as a process; resolves at its first line of JSON. */
export function startCommand(words: readonly string[], env: Record<string, string> = {}): Promise<Child> {
  return startScript(cli, words, env);
}

/** The same with a script of the benchmark's own. */
export async function startScript(
  script: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Child> {
  const child = spawn(process.execPath, [script, ...words], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [ready] = await Promise.race([
    once(lines, 'line'),
    exited.then(() => Promise.reject(new Error(`${words[0]} ended`))),
  ]);
  const pid = child.pid!;
  return {
    pid,
    ready: String(ready),
    peakMemory: async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
