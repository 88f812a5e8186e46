/** How fast a connection may ask. */
export interface Speed {
  /** Pages of a stream that are asked for at once. */
  concurrency: number;
  /** No limit where undefined. */
  perSecond: number | undefined;
}

/** Where nobody has set a limit, a connection that is slowed down begins below this many requests a second. */
const unlimited = 16;

/** Each level halves what is asked for at once and what is asked for in a second. */
export function slowed({ concurrency, perSecond }: Speed, level: number): Speed {
  if (level === 0) return { concurrency, perSecond };
  return {
    concurrency: Math.max(1, concurrency >> level),
    perSecond: Math.min(perSecond ?? unlimited, unlimited) / 2 ** level,
  };
}
