import type { Step as RuntimeStep } from '../runtime/types.ts';
import type { Step, Steps } from '../screen/steps.ts';

/** Draws the runtime's steps, which several parts take at the same time. */
export function showRuntimeSteps(steps: Steps): (step: RuntimeStep) => void {
  const open = new Map<string, Step>();
  return ({ part, state, text }) => {
    const step = open.get(part);
    if (state === 'note') return steps.line(`  ${text}`);
    if (state === 'waiting' && step) return step.say(text);
    if (state === 'done') {
      open.delete(part);
      return (step ?? steps.begin(text)).done(text);
    }
    open.set(part, steps.begin(text));
  };
}
