import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DataDir } from './data-dir.ts';
import { writePrivateJson } from './files.ts';
import { birthOf, type Escalation, end, type ProcessIdentity } from './process.ts';
import type { ChildSpec } from './types.ts';

/** How a process ended. `error` is set when it never began. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  error?: Error;
}

/** A process we started, in its own process group, written down in `children/<name>.json` while it lives. */
export interface StartedChild {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly logFile: string;
  end(escalation: Escalation): Promise<void>;
}

export interface SpawnOptions extends Pick<ChildSpec, 'name' | 'command' | 'args' | 'env' | 'cwd' | 'onLine'> {
  /** Another user to run as; needs root. */
  account?: { uid: number; gid: number } | undefined;
}

const logLimit = 5_000_000;

/**
 * Starts a process in a group of its own, so that Ctrl-C at the terminal reaches only us and we end things in order.
 * Rejects when the command cannot be started at all.
 */
export async function startChild(dataDir: DataDir, options: SpawnOptions): Promise<StartedChild> {
  const logFile = join(dataDir.logs, `${options.name}.log`);
  const log = openLog(logFile);
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: options.onLine === undefined ? ['ignore', log, log] : ['ignore', 'pipe', 'pipe'],
    ...(options.account === undefined ? {} : { uid: options.account.uid, gid: options.account.gid }),
  });
  const exited = exitOf(child);
  const { pid } = child;
  if (pid === undefined) {
    closeSync(log);
    throw (await exited).error ?? new Error(`\`${options.command}\` did not start`);
  }
  const identity = record(dataDir, options.name, pid);
  const drained = options.onLine === undefined ? null : passLines(child, log, options.onLine);
  const settled = exited.then(async (exit) => {
    await drained;
    closeSync(log);
    rmSync(recordFile(dataDir, options.name), { force: true });
    return exit;
  });
  return {
    pid,
    logFile,
    exited: settled,
    end: async (escalation) => {
      await end(identity, escalation);
      await settled;
    },
  };
}

const recordFile = (dataDir: DataDir, name: string): string => join(dataDir.children, `${name}.json`);

// At once and synchronously: between the start and this line nothing else of ours can run or fail.
function record(dataDir: DataDir, name: string, pid: number): ProcessIdentity {
  const identity = { pid, birth: birthOf(pid) ?? '' };
  writePrivateJson(recordFile(dataDir, name), { name, ...identity });
  return identity;
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

async function passLines(child: ChildProcess, log: number, onLine: (line: string) => void): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  await Promise.all(
    streams.map(async (stream) => {
      stream.on('error', () => {});
      for await (const line of createInterface({ input: stream })) {
        writeSync(log, `${line}\n`);
        onLine(line);
      }
    }),
  );
}

// One older log is kept, so that neither the cause of yesterday's trouble nor the disk is lost.
function openLog(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logLimit) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}
