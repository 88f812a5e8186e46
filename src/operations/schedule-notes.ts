/** The notes of a paused schedule, by which it is known who has paused it. */

export const pausedByConfiguration = 'paused by the configuration';

export const isPausedAfterFailures = (note: string): boolean => /^paused after (a|\d+) failed runs?\b/i.test(note);

/** Why the schedule of a connection is paused, by its note, and what to type. */
export function pausedInWords(connection: string, note: string): string {
  if (note === pausedByConfiguration) {
    return 'Its schedule is paused by the configuration. Let it go on: take `paused: true` out of the file and type incentive-sync apply';
  }
  const resume = `incentive-sync schedule resume ${connection}`;
  if (isPausedAfterFailures(note)) {
    const what = `Its schedule was ${note.replace(/^P/, 'p')}`;
    return what.includes(resume) ? what : `${what}. Once it is mended: ${resume}`;
  }
  return `Its schedule is paused${note === '' ? '' : `: ${note}`}. Let it go on: ${resume}`;
}
