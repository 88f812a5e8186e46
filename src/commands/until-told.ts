import { setTimeout as sleep } from 'node:timers/promises';
import { countUntold } from '../store/alerts/deliveries.ts';
import { openStore } from '../store/connect.ts';
import type { Instance } from './instance.ts';

const longestMs = 10_000;
const lookMs = 100;

/**
 * Where the worker ends with this process, lets it first send what its runs had to tell, each message once: the next
 * worker may come tomorrow. What is not taken is tried again then.
 */
export async function untilTold({ own, config, databaseUrl }: Instance, signal: AbortSignal): Promise<void> {
  if (!own || config.alerts === undefined) return;
  const store = openStore({ url: databaseUrl, applicationName: 'incentive-sync command', maxConnections: 1 });
  const until = Date.now() + longestMs;
  try {
    while (!signal.aborted && Date.now() < until && (await countUntold(store.sql)) > 0) await sleep(lookMs);
  } finally {
    await store.close();
  }
}
