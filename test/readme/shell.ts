import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Typed {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Settles with the exit code, or with the signal's name. */
  ended: Promise<number | string>;
  /** Settles when stderr holds the text; rejects when the process ends without it. */
  says(text: string): Promise<void>;
  /** Whether it has ended. */
  over(): boolean;
  /** A signal to the whole process group, as a terminal sends it. */
  signalGroup(name: NodeJS.Signals): void;
}

/** A line as a person types it in the clone: by a shell, in a process group of its own. */
export function type(line: string, env: Record<string, string> = {}): Typed {
  const { PATH, HOME, XDG_CACHE_HOME, TEMPORAL_CLI } = process.env;
  const child = spawn('sh', ['-c', line], {
    cwd: root,
    env: { PATH, HOME, XDG_CACHE_HOME, TEMPORAL_CLI, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => output.stderr.includes(text) && resolve();
      look();
      child.stderr.on('data', look);
      void ended.then((code) => reject(new Error(`${line}: ended with ${code} before «${text}»:\n${output.stderr}`)));
    });
  const over = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid!,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended,
    says,
    over,
    signalGroup: (name) => {
      if (!over()) process.kill(-child.pid!, name);
    },
  };
}

/** What a line wrote to stdout; throws what it wrote to stderr when it ends with anything but 0. */
export async function outputOf(line: string, env: Record<string, string> = {}): Promise<string> {
  const typed = type(line, env);
  const code = await typed.ended;
  if (code !== 0) throw new Error(`${line}\nended with ${code}: ${typed.stderr()}${typed.stdout()}`);
  return typed.stdout();
}
