import type { AnsweredRequest } from '../operations/requests.ts';
import type { Loudness } from '../screen/screen.ts';

/** One process runs one command: its options set this once, before its action begins, for whatever it does. */
let current: Loudness = 'normal';

const began = performance.now();

export function setLoudness({ quiet, verbose }: { quiet?: boolean; verbose?: boolean }): void {
  current = verbose === true ? 'verbose' : quiet === true ? 'quiet' : 'normal';
}

export function loudness(): Loudness {
  return current;
}

export function isVerbose(): boolean {
  return current === 'verbose';
}

/** With --verbose, a line of what is done on the way, after the seconds since the process began. Never with a secret in it. */
export function detail(text: string): void {
  if (current !== 'verbose') return;
  const seconds = ((performance.now() - began) / 1000).toFixed(3);
  process.stderr.write(`[${seconds.padStart(7)}] ${text}\n`);
}

/** The same of something that takes its time, once it is over. */
export async function detailed<T>(text: string, work: () => Promise<T>): Promise<T> {
  const since = performance.now();
  try {
    return await work();
  } finally {
    detail(`${text}: ${Math.round(performance.now() - since)} ms`);
  }
}

/** Where a server is, without the user and the password in its address. */
export function placeOf(url: string): string {
  const [, host, path = ''] = /^[a-z]+:\/\/(?:[^@/]*@)?([^/?#]*)(\/[^?#]*)?/i.exec(url) ?? [];
  return host === undefined ? 'the address given' : `${host}${path}`;
}

/** What a Temporal client is to call after each of its requests; undefined where nobody wants to know. */
export function tellRequests(): ((request: AnsweredRequest) => void) | undefined {
  if (!isVerbose()) return undefined;
  return ({ method, milliseconds, code }) => {
    const outcome = code === 0 ? '' : `, refused with gRPC code ${code}`;
    detail(`Temporal ${method}: ${Math.round(milliseconds)} ms${outcome}`);
  };
}
