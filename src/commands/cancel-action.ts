import { exitCode, runsDocument } from '../operations/json.ts';
import { watchRun } from '../operations/watch.ts';
import type { Receipt } from '../receipt.ts';
import { receiptLines } from '../screen/receipt.ts';
import type { Screen } from '../screen/screen.ts';
import { type Controlled, controlRun, type Outcome } from './control.ts';
import { type CommonOptions, exitCodes } from './shared.ts';

/** Cancels the run under way, waits for its end and tells how it ended. */
export function cancel(name: string, options: CommonOptions, screen: Screen): Promise<never> {
  return controlRun(name, options, screen, (controlled) => cancelRun(controlled, screen));
}

async function cancelRun({ run, signal }: Controlled, screen: Screen): Promise<Outcome> {
  await run.handle.cancel();
  screen.note(`${run.connection} is told to end …`);
  const receipt = await untilEnded(run, screen, signal);
  const sentence = receiptLines(screen, receipt).join('\n');
  return { code: codeOf(receipt), sentence, document: runsDocument([receipt]) };
}

/** A run may show itself parked until the cancellation has reached it: that is not its end. */
async function untilEnded(run: Controlled['run'], screen: Screen, signal: AbortSignal): Promise<Receipt> {
  for (;;) {
    const receipt = await watchRun(
      { ...run, attached: false },
      { signal, onSilence: (silence) => screen.note(`  ${silence?.sentence ?? 'going on'}`) },
    );
    if (receipt.status !== 'parked') return receipt;
  }
}

/** Cancelled is what was asked for; completed just before is no failure either. */
function codeOf(receipt: Receipt): number {
  return receipt.status === 'cancelled' ? exitCodes.ok : exitCode([receipt]);
}
