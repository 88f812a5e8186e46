import { watchParent } from '../runtime/parent.ts';
import { Interrupted } from './shared.ts';

/**
 * Aborts when this process is asked to end: Ctrl-C, SIGTERM, SIGHUP, or its parent is gone. Asking again changes
 * nothing: stopping takes seconds at most, and leaving at once would leave the servers behind.
 */
export function closingSignal({ withParent }: { withParent: boolean }): AbortSignal {
  const controller = new AbortController();
  const close = (why: string) => controller.abort(new Interrupted(why));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => close(name));
  if (withParent) watchParent(() => close('the parent process is gone'));
  return controller.signal;
}

/** Settles when the signal aborts. */
export function untilClosed(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  // An abort listener alone does not keep a process alive.
  const timer = setInterval(() => {}, 60_000);
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      clearInterval(timer);
      resolve();
    });
  });
}
