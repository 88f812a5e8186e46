import { continueAsNew, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
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
    const every = `every ${Math.round(checked.againInMs / 1000)} s`;
    setCurrentDetails(
      `Looks ${every} whether anything is to be told. Since ${workflowInfo().runStartTime.toISOString()}: ${raised} raised, ${recovered} recovered. \`incentive-sync alerts list\` shows them.`,
    );
    await sleep(checked.againInMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof watchAlerts>();
  }
}
