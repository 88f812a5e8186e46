import { setTimeout as sleep } from 'node:timers/promises';

export type Pace = (signal: AbortSignal) => Promise<void>;

/** Spaces requests evenly: at most `perSecond` are let through in a second. No limit where it is undefined. */
export function createPace(perSecond: number | undefined): Pace {
  if (perSecond === undefined) return async () => undefined;
  const intervalMs = 1000 / perSecond;
  let free = 0;
  return async (signal) => {
    const now = performance.now();
    const start = Math.max(now, free);
    free = start + intervalMs;
    if (start > now) await sleep(start - now, undefined, { signal });
  };
}
