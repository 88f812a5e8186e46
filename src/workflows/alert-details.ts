import { duration, moment } from './figures.ts';
import { commands, page, sentence } from './markdown.ts';

interface Watched {
  raised: number;
  recovered: number;
  /** ISO 8601. */
  since: string;
  everyMs: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** What the watch has found since it began, or began anew. */
export function describeWatching({ raised, recovered, since, everyMs, now }: Watched): string {
  return page([
    `**watching** · looks every ${duration(everyMs / 1000)}, last at ${time(now)}, next at ${time(now + everyMs)}`,
    `Since ${moment(since)}: ${raised} raised, ${recovered} recovered.`,
    commands(['incentive-sync alerts list']),
  ]);
}

/** A channel's messages; `nextAt` is null where none is left, and `failed` counts those that were not taken just now. */
export function describeSending(channel: string, failed: number, nextAt: number | null): string {
  const name = sentence(channel);
  if (nextAt === null) return `**done** · ${name} has been told everything.`;
  const state = failed > 0 ? `**failing** · ${name} took nothing` : `**waiting** · ${name} has more to be told`;
  return page([`${state}; the next try is at ${time(nextAt)}.`, commands(['incentive-sync alerts list'])]);
}

const time = (ms: number): string => moment(new Date(ms).toISOString());
