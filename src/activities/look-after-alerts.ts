import { conditionsOf } from '../alerts/conditions.ts';
import { decide } from '../alerts/decide.ts';
import type { Watch } from '../alerts/watch.ts';
import { dueChannels } from '../store/alerts/deliveries.ts';
import { judgeAlerts } from '../store/alerts/ledger.ts';
import type { Store } from '../store/connect.ts';
import type { ActivityDependencies } from './dependencies.ts';

/**
 * Looks at everything that the rules watch, and writes down what was raised and what has recovered. Nothing is sent here:
 * the channels' own workflows are only woken.
 */
export async function judgeNow({ sql }: Store, watch: Watch): Promise<{ raised: number; recovered: number }> {
  const names = watch.connections.map(({ name }) => name);
  return judgeAlerts(sql, names, (facts, open) => decide(conditionsOf(watch, facts, open), open));
}

/** After a run has ended or waits: at once, and without a say in the run, since `watchAlerts` looks again soon. */
export async function lookAfterAlerts(dependencies: ActivityDependencies): Promise<void> {
  const { store, alerts } = dependencies;
  const { watch } = alerts;
  if (watch === null) return;
  await quietly(async () => {
    await judgeNow(store, watch);
    await alerts.wake(await dueChannels(store.sql));
  });
}

async function quietly(work: () => Promise<void>): Promise<void> {
  await work().catch(() => undefined);
}
