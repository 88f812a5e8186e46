import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { TASK_QUEUE_TYPE_WORKFLOW: workflow, TASK_QUEUE_TYPE_ACTIVITY: activity } =
  proto.temporal.api.enums.v1.TaskQueueType;

/** A worker as Temporal knows it. */
export interface Poller {
  /** `pid@host` unless it was told otherwise. */
  readonly identity: string;
  /** When it asked for work last, in milliseconds since 1970: a worker without work asks once a minute. */
  readonly askedAt: number;
}

/** Temporal remembers pollers for minutes; one not heard of for a long poll's length is gone, a fresher one may be. */
const pollerSilenceMs = 70_000;

/** The workers that may take work of that kind from a task queue, the one heard of last first. */
export async function workersOn(client: Client, taskQueue: string, kind: 'workflow' | 'activity'): Promise<Poller[]> {
  const { pollers } = await client.connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: kind === 'workflow' ? workflow : activity,
  });
  return (pollers ?? [])
    .map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      askedAt: Number(lastAccessTime?.seconds ?? 0) * 1000,
    }))
    .filter(({ identity, askedAt }) => askedAt > Date.now() - pollerSilenceMs && !isGoneHere(identity))
    .sort((a, b) => b.askedAt - a.askedAt);
}

/** A worker calls itself `pid@host`: of one on this machine we can tell at once that it is gone. */
function isGoneHere(identity: string): boolean {
  const [pid, host] = identity.split('@');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
