/** The notes of a paused schedule by which it is known who paused it. */

export const pausedByConfiguration = 'paused by the configuration';

export const pausedAfterFailures = (runs: number): string =>
  `paused after ${runs} failed ${runs === 1 ? 'run' : 'runs'}`;

export const isPausedAfterFailures = (note: string): boolean => /^paused after \d+ failed runs?/.test(note);
