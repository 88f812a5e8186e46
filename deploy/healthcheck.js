// Run by Docker: healthy when a worker of this container has asked Temporal for work within the last two minutes.
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { taskQueue } from '../src/workflows/names.ts';

const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace = 'default' } = process.env;
const workflowTasks = 1;
// A poll may wait a minute for work.
const recentlyMs = 120_000;

try {
  const connection = await Connection.connect({ address, connectTimeout: '5s' });
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowTasks,
  });
  const ours = pollers.filter(({ identity }) => identity.endsWith(`@${hostname()}`));
  const polls = ours.some(({ lastAccessTime }) => Date.now() - Number(lastAccessTime.seconds) * 1000 < recentlyMs);
  if (!polls) throw new Error(`no worker of ${hostname()} asks ${address} for work`);
} catch (error) {
  console.error(`unhealthy: ${error.message}`);
  process.exit(1);
}
process.exit(0);
