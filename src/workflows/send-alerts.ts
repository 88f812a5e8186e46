import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { describeSending } from './alert-details.ts';
import { wakeSignal } from './messages.ts';
import { deliverAlerts } from './proxies.ts';

/**
 * Tells one channel what it is to be told, until nothing is left. It stands alone, so that a channel that takes nothing
 * keeps neither a sync waiting nor another channel.
 */
export async function sendAlerts(channel: string): Promise<void> {
  let woken = false;
  setHandler(wakeSignal, () => {
    woken = true;
  });
  for (;;) {
    woken = false;
    const { nextInMs, failed } = await deliverAlerts({ channel });
    if (nextInMs === null && !woken) return;
    setCurrentDetails(describeSending(channel, failed, nextInMs === null ? null : Date.now() + nextInMs));
    if (nextInMs !== null) await condition(() => woken, Math.max(Math.ceil(nextInMs), 1), { summary: 'the next try' });
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof sendAlerts>(channel);
  }
}
