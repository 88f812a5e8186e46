import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit, StartedChild } from './child.ts';
import type { Escalation } from './process.ts';
import type { SupervisedChild } from './types.ts';

export interface Supervision {
  name: string;
  /** Starts the process and resolves when it is of use. Called again after every unasked end. */
  start(signal: AbortSignal): Promise<StartedChild>;
  /** How it is ended, asked for at the time of the end. */
  escalation(): Escalation;
  /** A plain sentence for the person watching. */
  onTrouble(sentence: string): void;
  finalExitCodes?: readonly number[] | undefined;
}

const shortestPauseMs = 250;
const longestPauseMs = 30_000;
/** A child that lived this long was well; its next crash is counted as the first. */
const steadyAfterMs = 30_000;

/** Starts a child and keeps it running. Rejects when the first start fails; later failures are tried again for ever. */
export async function supervise(supervision: Supervision): Promise<SupervisedChild> {
  const stopping = new AbortController();
  const over = Promise.withResolvers<number | null>();
  let current: StartedChild | undefined = await supervision.start(stopping.signal);
  let restarts = 0;

  const keep = async (): Promise<number | null> => {
    for (let crashes = 0; current !== undefined; ) {
      const since = performance.now();
      const exit = await current.exited;
      current = undefined;
      if (stopping.signal.aborted) return null;
      if (exit.code !== null && supervision.finalExitCodes?.includes(exit.code)) return exit.code;
      crashes = performance.now() - since > steadyAfterMs ? 1 : crashes + 1;
      current = await startAgain(supervision, stopping.signal, exit, crashes);
      restarts += 1;
    }
    return null;
  };
  const kept = keep();
  kept.then(over.resolve, over.reject);

  return {
    name: supervision.name,
    get pid() {
      return current?.pid;
    },
    get restarts() {
      return restarts;
    },
    ended: over.promise,
    stop: async () => {
      stopping.abort();
      await current?.end(supervision.escalation());
      await kept;
    },
  };
}

async function startAgain(
  supervision: Supervision,
  signal: AbortSignal,
  exit: Exit,
  crashes: number,
): Promise<StartedChild | undefined> {
  let what = `The ${supervision.name} ended unasked (${describeExit(exit)})`;
  for (let failures = crashes; ; failures++) {
    const pause = Math.min(longestPauseMs, shortestPauseMs * 2 ** (failures - 1));
    supervision.onTrouble(`${what}; starting it again in ${pause / 1000} s`);
    if (!(await paused(pause, signal))) return undefined;
    try {
      const child = await supervision.start(signal);
      if (!signal.aborted) return child;
      await child.end(supervision.escalation());
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      what = `The ${supervision.name} did not come up (${error instanceof Error ? error.message : String(error)})`;
    }
  }
}

async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
