import { dueChannels } from '../store/alerts/deliveries.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { judgeNow } from './look-after-alerts.ts';

export interface CheckedAlerts {
  raised: number;
  recovered: number;
  /** Milliseconds until the next look. */
  againInMs: number;
}

export const createCheckAlerts = ({ store, redact, alerts }: ActivityDependencies) =>
  /** One look at everything that the rules watch. Null where the configuration asks for no alerts any more. */
  function checkAlerts(_: object): Promise<CheckedAlerts | null> {
    const { watch } = alerts;
    if (watch === null) return Promise.resolve(null);
    return withDatabase(redact, async () => {
      const judged = await judgeNow(store, watch);
      // Where Temporal is too busy to listen, the next look wakes them.
      await alerts.wake(await dueChannels(store.sql)).catch(() => undefined);
      return { ...judged, againInMs: watch.settings.every };
    });
  };
