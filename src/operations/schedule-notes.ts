/** The notes of a paused schedule by which it is known who paused it. */

export const pausedByConfiguration = 'paused by the configuration';

export const pausedAfterFailures = (runs: number): string =>
  `paused after ${runs} failed ${runs === 1 ? 'run' : 'runs'}`;

export const isPausedAfterFailures = (note: string): boolean => /^paused after \d+ failed runs?/.test(note);

/** Why the schedule of a connection is paused, by its note, and what to type. */
export function pausedInWords(connection: string, note: string): string {
  if (note === pausedByConfiguration) {
    return 'Its schedule is paused by the configuration. Let it go on: take `paused: true` out of the file and type incentive-sync apply';
  }
  if (isPausedAfterFailures(note)) {
    return `Its schedule was ${note}. Once that is mended: incentive-sync schedule resume ${connection}`;
  }
  const why = note === '' ? '' : `: ${note}`;
  return `Its schedule is paused${why}. Let it go on: incentive-sync schedule resume ${connection}`;
}
