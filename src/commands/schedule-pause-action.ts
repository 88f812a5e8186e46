import { isPausedAfterFailures, pausedByConfiguration } from '../operations/schedule-notes.ts';
import { moment } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import type { Outcome } from './control.ts';
import type { PauseOptions } from './schedule.ts';
import { type ScheduleSite, withSchedule } from './schedule-site.ts';
import { type CommonOptions, exitCodes } from './shared.ts';

/** Lets nothing run by itself; one that is paused already keeps its pause and its reason. */
export function pauseSchedule(name: string, options: PauseOptions, screen: Screen): Promise<never> {
  return withSchedule(name, options, screen, async ({ handle, description: { state } }) => {
    if (state.paused) return told(name, state.note ?? '', `${name} is paused already${because(state.note)}.`);
    const note = `${options.reason ?? 'paused by a person'} (since ${moment(new Date())})`;
    await handle.pause(note);
    const meanwhile = 'A run that is under way goes on.';
    return told(
      name,
      note,
      `${name} does not run by itself until \`incentive-sync schedule resume ${name}\`. ${meanwhile}`,
    );
  });
}

/** Lets it go on, whoever paused it. */
export function resumeSchedule(name: string, options: CommonOptions, screen: Screen): Promise<never> {
  return withSchedule(name, options, screen, async (site) => {
    const { handle, description } = site;
    const { paused, note } = description.state;
    if (paused) await handle.unpause(`resumed by a person at ${moment(new Date())}`);
    const what = paused ? `${name} runs by itself again; it was ${pauseInWords(note)}.` : `${name} is not paused.`;
    return told(name, null, [what, await nextSentence(site), fileSentence(site)].filter(Boolean).join(' '));
  });
}

function pauseInWords(note: string | undefined): string {
  if (note === pausedByConfiguration || isPausedAfterFailures(note ?? '')) return note ?? '';
  return `paused${because(note)}`;
}

function because(note: string | undefined): string {
  return note ? `: ${note}` : '';
}

async function nextSentence({ handle }: ScheduleSite): Promise<string> {
  const [next] = (await handle.describe()).info.nextActionTimes;
  return next === undefined ? '' : `Next run: ${moment(next)}.`;
}

function fileSentence({ schedule }: ScheduleSite): string {
  return schedule?.paused
    ? 'The file says `paused: true`, so the next `incentive-sync apply` or start pauses it again: take it out there.'
    : '';
}

function told(connection: string, note: string | null, message: string): Outcome {
  const document = JSON.stringify({ connection, paused: note !== null, note, message });
  return { code: exitCodes.ok, sentence: message, document };
}
