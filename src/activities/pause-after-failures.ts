import { failedRuns, notePause } from '../store/schedule-pauses.ts';
import { asking } from './asking.ts';
import type { ActivityDependencies } from './dependencies.ts';

export interface PauseAfterFailuresInput {
  connection: string;
  /** So many runs that failed in a row pause the schedule. */
  after: number;
  /** Why the last one failed. */
  why: string;
}

const ours = 'Paused after ';

export const createPauseAfterFailures = ({ store, ticks, redact }: ActivityDependencies) =>
  /** Pauses the schedule of a connection whose newest runs have all failed; gives the note that says why, else null. */
  function pauseAfterFailures({ connection, after, why }: PauseAfterFailuresInput): Promise<string | null> {
    return asking(redact, async () => {
      const { inARow, newestSequence } = await failedRuns(store.sql, connection, after);
      if (inARow < after || newestSequence === null) return null;
      const wanted = noteOf(connection, after, redact(why));
      const note = await ticks.pause(connection, wanted);
      // A pause that a person has set stays theirs.
      if (note?.startsWith(ours) !== true) return null;
      await notePause(store.sql, { connection, sequence: newestSequence, why: note });
      return note;
    });
  };

function noteOf(connection: string, after: number, why: string): string {
  const runs = after === 1 ? 'a failed run' : `${after} failed runs in a row, the last`;
  const reason = why.length > 300 ? `${why.slice(0, 300)}…` : why;
  return `${ours}${runs}: ${reason} Once it is mended: incentive-sync schedule resume ${connection}`;
}
