import type { StreamCounts } from '../receipt.ts';
import { rate } from './format.ts';

const windowMs = 10_000;
const enoughMs = 2000;

/**
 * Rows per second of the last 10 s. The counts' own average holds every outage and every night between two starts, so
 * it serves only while a stream is new. Null where nothing can be said yet. `now` gives milliseconds.
 */
export function createSpeed(now: () => number) {
  const seen = new Map<string, { at: number; fetched: number }[]>();
  return (name: string, { fetched, seconds }: StreamCounts): number | null => {
    const at = now();
    const looks = [...(seen.get(name) ?? []).filter((look) => at - look.at <= windowMs), { at, fetched }];
    seen.set(name, looks);
    const since = looks[0] ?? { at, fetched };
    if (at - since.at >= enoughMs) return rate(fetched - since.fetched, (at - since.at) / 1000);
    return seconds * 1000 < windowMs ? rate(fetched, seconds) : null;
  };
}
