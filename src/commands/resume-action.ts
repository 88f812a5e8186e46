import { untilProgress } from '../operations/control.ts';
import type { Progress } from '../receipt.ts';
import type { Screen } from '../screen/screen.ts';
import { resumeSignal } from '../workflows/messages.ts';
import { type Controlled, controlRun, noWorker, type Outcome, toldDocument } from './control.ts';
import { CommandError, type CommonOptions, exitCodes } from './shared.ts';

const takesEffectWithinMs = 15_000;
const parkedAgain = 3;

/** Lets a paused or parked run go on, and says what came of it. */
export function resume(name: string, options: CommonOptions, screen: Screen): Promise<never> {
  return controlRun(name, options, screen, resumeRun);
}

async function resumeRun({ run, situation: { status, progress: before }, signal }: Controlled): Promise<Outcome> {
  const name = run.connection;
  if (before && status !== 'paused' && status !== 'parked') {
    throw new CommandError(`The run of ${name} is ${status}, so there is nothing to resume.`);
  }
  if (status === 'parked' && before?.approval) {
    throw new CommandError(
      `The run of ${name} waits for an approval of deletes: \`incentive-sync approve-deletes ${name}\`, or cancel it.`,
    );
  }
  if (status === 'parked' && before?.agreement) {
    throw new CommandError(
      `The push of ${name} waits until a person agrees: \`incentive-sync kpi push ${name} --yes\`, or cancel it.`,
    );
  }
  await run.handle.signal(resumeSignal);
  if (before === null) return outcome(exitCodes.ok, null, `${name} is told to go on; ${noWorker}.`);
  const moved = (now: Progress) => now.status !== status || now.waiting !== before.waiting;
  const now = await untilProgress(run, moved, takesEffectWithinMs, signal);
  if (status === 'parked' && now?.status === 'running') return afterTry(now);
  return judged(now);

  /** A parked run that tries again is refused again within moments, or is not. */
  async function afterTry(trying: Progress): Promise<Outcome> {
    const read = ({ streams }: Progress) => Object.values(streams).reduce((sum, { pages }) => sum + pages, 0);
    const decided = (now: Progress) => now.status !== 'running' || read(now) > read(trying);
    return judged(await untilProgress(run, decided, takesEffectWithinMs, signal));
  }

  function judged(now: Progress | null): Outcome {
    if (now?.status !== 'parked') return outcome(exitCodes.ok, now, `${name} goes on.`);
    const why = now.reasons.at(-1) ?? 'see `incentive-sync status`';
    return outcome(parkedAgain, now, `${name} tried again and is parked again: ${why}`);
  }

  function outcome(code: number, now: Progress | null, sentence: string): Outcome {
    return { code, sentence, document: toldDocument(run, now?.status ?? status, sentence) };
  }
}
