import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'src/cli.ts');

/** A clean environment: what the person running the tests has set must not decide what is tested. */
const cleanEnvironment = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
  TEMPORAL_CLI: process.env.TEMPORAL_CLI,
};

export interface Running {
  pid: number;
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Settles with the exit code, or with the signal's name. */
  ended: Promise<number | string>;
  /** Settles when stderr holds the text; rejects when the process ends without it. */
  says(text: string): Promise<void>;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
}

/** Our command as a real process. */
export function startCli(args: readonly string[], options: RunOptions = {}): Running {
  return follow(process.execPath, [cli, ...args], options);
}

/** `npm` as a person types it in a clone. */
export function startNpm(args: readonly string[], options: RunOptions = {}): Running {
  return follow('npm', args, { cwd: root, ...options });
}

function follow(command: string, args: readonly string[], { env = {}, cwd = root }: RunOptions): Running {
  const child = spawn(command, args, { cwd, env: { ...cleanEnvironment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stderr.includes(text) && resolve();
      look();
      child.stderr.on('data', look);
      void ended.then((code) => reject(new Error(`ended with ${code} before it said «${text}»:\n${stderr}`)));
    });
  return { pid: child.pid!, child, stdout: () => stdout, stderr: () => stderr, ended, says };
}

export interface Finished {
  code: number | string;
  stdout: string;
  stderr: string;
}

export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return finished(startCli(args, options));
}

export async function finished(running: Running): Promise<Finished> {
  const code = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

/** An empty folder that is gone when the test is over. */
export function emptyFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'commands-'));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
