import type { Receipt } from '../receipt.ts';
import { type RunStart, readLateness, registerRun, closeRun as storeReceipt } from '../store/runs.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { isConfigured } from './judge-tick.ts';
import { lookAfterAlerts } from './look-after-alerts.ts';

/** A run that could not begin gets its row and its receipt, or nobody would ever find that it failed. */
export async function noteRefusal(dependencies: ActivityDependencies, start: RunStart, why: string): Promise<void> {
  const { store, redact } = dependencies;
  const { connection, system, runId } = start;
  if (!isConfigured(dependencies, connection)) return;
  await registerRun(store.db, start);
  const late = await readLateness(store.sql, runId);
  const refused: Receipt = { connection, system, runId, status: 'failed', streams: {}, reasons: [redact(why)] };
  await storeReceipt(store.db, { ...refused, ...late });
  await lookAfterAlerts(dependencies);
}
