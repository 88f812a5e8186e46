import { type Situation, untilProgress } from '../operations/control.ts';
import type { Screen } from '../screen/screen.ts';
import { pauseSignal } from '../workflows/messages.ts';
import { type Controlled, controlRun, noWorker, type Outcome, toldDocument } from './control.ts';
import { type CommonOptions, exitCodes } from './shared.ts';

const takesEffectWithinMs = 20_000;

/** Pauses the run under way and waits until it has stopped reading. */
export function pause(name: string, options: CommonOptions, screen: Screen): Promise<never> {
  return controlRun(name, options, screen, pauseRun);
}

async function pauseRun({ run, situation, signal }: Controlled): Promise<Outcome> {
  const name = run.connection;
  if (situation.status === 'paused' && situation.progress) return outcome('paused', `${name} is paused already.`);
  await run.handle.signal(pauseSignal);
  const wanted = situation.progress ? takesEffectWithinMs : 0;
  const now = await untilProgress(run, ({ status }) => status !== 'running' && status !== 'parked', wanted, signal);
  if (now === null) return outcome(situation.status, `${name} is told to pause; ${noWorker}.`);
  if (now.status === 'paused') {
    return outcome('paused', `${name} is paused. It goes on where it is with \`incentive-sync resume ${name}\`.`);
  }
  if (now.status === 'running' || now.status === 'parked') {
    return outcome(now.status, `${name} is told to pause, and will when what it does now is finished.`);
  }
  return outcome(now.status, `The run of ${name} ended before it could pause: ${now.status}.`, exitCodes.failed);

  function outcome(status: Situation['status'], sentence: string, code: number = exitCodes.ok): Outcome {
    return { code, sentence, document: toldDocument(run, status, sentence) };
  }
}
