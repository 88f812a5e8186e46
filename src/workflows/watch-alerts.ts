import { continueAsNew, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import { describeWatching } from './alert-details.ts';
import { checkAlerts } from './proxies.ts';

/**
 * Looks again and again at what the rules of `alerts:` watch, because time alone makes a stream stale. Runs as long as the
 * configuration asks for alerts; one for an installation.
 */
export async function watchAlerts(): Promise<void> {
  let [raised, recovered] = [0, 0];
  for (;;) {
    const checked = await checkAlerts({});
    if (checked === null) return;
    raised += checked.raised;
    recovered += checked.recovered;
    const since = workflowInfo().runStartTime.toISOString();
    setCurrentDetails(describeWatching({ raised, recovered, since, everyMs: checked.againInMs, now: Date.now() }));
    await sleep(checked.againInMs, { summary: 'until the next look' });
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof watchAlerts>();
  }
}
