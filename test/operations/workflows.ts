import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { Progress, Receipt } from '../../src/receipt.ts';
import { progressQuery, resumeSignal } from '../../src/workflows/messages.ts';

export const finishSignal = defineSignal('finish');

/**
 * Stands in for a sync: its connection's name says how it behaves. `parked` parks until it is resumed, `failing` fails,
 * `counted` fails and leaves its receipt, `long` waits for the signal `finish`, `continuing` continues as new twice.
 */
export async function portfolioSync(connection: string, options: { generation?: number } = {}): Promise<Receipt> {
  const generation = options.generation ?? 0;
  const progress = begin(connection);
  let resumed = false;
  let finished = false;
  setHandler(progressQuery, () => progress);
  setHandler(resumeSignal, () => {
    resumed = true;
    progress.status = 'running';
    progress.reasons = [];
  });
  setHandler(finishSignal, () => {
    finished = true;
  });
  if (connection === 'parked') {
    Object.assign(progress, { status: 'parked', waiting: 'a person', reasons: ['The vendor refused the key.'] });
    await condition(() => resumed);
  }
  if (connection === 'counted') {
    upsertMemo({
      receipt: { ...identity(connection), status: 'failed', streams: {}, reasons: ['Counted to the end.'] },
    });
    throw ApplicationFailure.nonRetryable('The tables are gone.', 'Database');
  }
  if (connection === 'failing') throw ApplicationFailure.nonRetryable('The tables are gone.', 'Database');
  if (connection === 'long') await condition(() => finished);
  if (connection === 'continuing' && generation < 2) {
    await continueAsNew<typeof portfolioSync>(connection, { generation: generation + 1 });
  }
  return { ...identity(connection), status: 'completed', streams: {}, reasons: [`generation ${generation}`] };
}

function identity(connection: string) {
  return { connection, system: 'incentify' as const, runId: workflowInfo().firstExecutionRunId };
}

function begin(connection: string): Progress {
  return { ...identity(connection), status: 'running', streams: {}, reasons: [], startedAt: '', waiting: null };
}

export async function scheduledSync(connection: string, workflowType: string): Promise<string> {
  return `${workflowType} of ${connection}`;
}
