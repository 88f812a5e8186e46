import { Context } from '@temporalio/activity';

const beatMs = 500;

/**
 * Runs an activity's work and beats meanwhile, so that what a frozen worker has taken is given to another within seconds.
 *
 * @param details what `describe` and the Web UI show while the activity is pending.
 */
export async function beating<T>(work: () => Promise<T>, details: () => unknown = () => undefined): Promise<T> {
  const beat = setInterval(() => Context.current().heartbeat(details()), beatMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
