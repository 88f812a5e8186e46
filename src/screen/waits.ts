import type { Progress } from '../receipt.ts';
import { printable } from './format.ts';

const lineEveryMs = 5000;

/**
 * Tells why a run waits: each sentence once, at most one every 5 s, and that it goes on when it has read something
 * again. `now` gives milliseconds.
 */
export function createWaits(line: (text: string) => void, now: () => number = () => performance.now()) {
  let told: { sentence: string; at: number; pages: number } | null = null;
  return ({ connection, status, streams, waiting }: Progress): void => {
    const pages = Object.values(streams).reduce((sum, stream) => sum + stream.pages, 0);
    if (told !== null && pages > told.pages && waiting === null) {
      told = null;
      line(`  ${connection}: goes on`);
    }
    // A parked run ends the watching, with its reasons.
    if (waiting === null || (status !== 'running' && status !== 'paused') || waiting === told?.sentence) return;
    if (told !== null && now() - told.at < lineEveryMs) return;
    told = { sentence: waiting, at: now(), pages };
    const prefix = status === 'paused' ? 'waits for ' : '';
    line(`  ${connection}: ${prefix}${printable(waiting)}`);
  };
}
