import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../errors.ts';
import { createFrames } from '../screen/frames.ts';
import { paint, type Screen } from '../screen/screen.ts';
import type { Look, Looking } from './status-look.ts';

export interface Watching {
  looking: Looking;
  linesOf: (look: Look) => string[];
  seconds: number;
  screen: Screen;
  signal: AbortSignal;
}

/** Looks again and again until the signal is aborted. An outage is told and outlived; what was seen last stays in sight. */
export async function watchStatus({ looking, linesOf, seconds, screen, signal }: Watching): Promise<void> {
  const first = linesOf(await looking.look());
  const frames = createFrames(screen);
  let lines = first;
  try {
    for (let trouble: string | null = null; ; ) {
      frames.draw([...headOf(screen, seconds, trouble), ...lines]);
      await sleep(seconds * 1000, undefined, { signal });
      trouble = null;
      try {
        lines = linesOf(await untilAborted(looking.look(), signal));
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        trouble = error.message;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    frames.stop();
    await looking.close();
  }
}

function headOf(screen: Screen, seconds: number, trouble: string | null): string[] {
  if (!screen.terminal) return trouble === null ? [] : [trouble];
  const clock = new Date().toLocaleTimeString('sv-SE');
  return [
    paint(screen, 'dim', `incentive-sync status at ${clock}, every ${seconds} s; Ctrl-C ends it`),
    ...(trouble === null ? [''] : [paint(screen, 'red', `${trouble} What follows is older.`), '']),
  ];
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
