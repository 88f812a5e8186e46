import { setTimeout as sleep } from 'node:timers/promises';

/** The first value of `look` that is neither null, undefined nor false; it is asked again every few milliseconds. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  { withinMs = 30_000, everyMs = 5 }: { withinMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, null | undefined | false>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== null && value !== undefined && value !== false) return value as Exclude<T, null | undefined | false>;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await sleep(everyMs);
  }
}
