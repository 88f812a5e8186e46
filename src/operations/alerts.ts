import type { Client } from '@temporalio/client';
import { aboutSending, aboutWatching, summary } from '../workflows/about.ts';
import { wakeSignal } from '../workflows/messages.ts';
import { sendWorkflowId, taskQueue, watchWorkflowId } from '../workflows/names.ts';

const startOptions = (installation: string) => ({
  taskQueue,
  memo: { installation },
  workflowTaskTimeout: '2 seconds' as const,
});

/** Whoever wakes them has something else to do: what is not heard now is heard at the next look. */
const patienceMs = 2000;

/** Has somebody look after the alerts of an installation, unless somebody does. */
export async function startWatching(client: Client, installation: string): Promise<void> {
  await client.workflow.start<() => Promise<void>>('watchAlerts', {
    ...startOptions(installation),
    workflowId: watchWorkflowId(installation),
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [],
    staticSummary: 'alerts: looks whether anything is to be told',
    staticDetails: aboutWatching,
  });
}

/** Has the channels' workflows look for what is to be told. */
export async function wakeSenders(client: Client, installation: string, channels: readonly string[]): Promise<void> {
  await client.withDeadline(Date.now() + patienceMs, () =>
    Promise.all(
      channels.map((channel) =>
        client.workflow.signalWithStart<(channel: string) => Promise<void>>('sendAlerts', {
          ...startOptions(installation),
          workflowId: sendWorkflowId(installation, channel),
          args: [channel],
          signal: wakeSignal,
          staticSummary: summary(`alerts: messages to the channel ${channel}`),
          staticDetails: aboutSending,
        }),
      ),
    ),
  );
}
