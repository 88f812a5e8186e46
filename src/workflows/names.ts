/**
 * The names that Temporal, a person at the `temporal` command and our own code must agree on. Pure constants: workflows,
 * the worker and the commands import this file.
 */
import type { System } from '../receipt.ts';

export const taskQueue = 'incentive-sync';

/** Where a connection's rate limit needs a queue of its own. */
export const connectionTaskQueue = (connection: string): string => `${taskQueue}/${connection}`;

/** The workflow type that runs a connection of each system. */
export const workflowTypes = {
  incentify: 'portfolioSync',
  neoday: 'exportSync',
  atobi: 'kpiPush',
  vibes: 'poolSync',
} as const satisfies Record<System, string>;

/** The small parent a Temporal Schedule starts: a schedule adds a timestamp to ids, and ours must stay fixed. */
export const scheduledWorkflowType = 'scheduledSync';

/** One run per connection: Temporal itself refuses a second open workflow with this id. */
export const syncWorkflowId = (connection: string): string => `sync/${connection}`;

/** The workflow type that carries out changes of pools, and its id: one apply a connection. */
export const applyPoolsType = 'applyPools';
export const poolsWorkflowId = (connection: string): string => `pools/${connection}`;

export const scheduleId = (connection: string): string => `sync/${connection}`;

export const scheduledWorkflowId = (connection: string): string => `scheduled/${connection}`;

/** The tick that waits for the run under way to end; the fixed id is what keeps it to one. */
export const bufferedWorkflowId = (connection: string): string => `buffered/${connection}`;

/** In the memo of a run that its schedule began: when that was due, ISO 8601. */
export const scheduledMemo = 'scheduledFor';

/** The workflow that looks after the alerts of an installation, one at a time. */
export const watchWorkflowId = (installation: string): string => `alerts/${installation}`;

/** The workflow that tells one channel what it is to be told, one at a time. */
export const sendWorkflowId = (installation: string, channel: string): string => `alerts/${installation}/${channel}`;

/** All of type Keyword. */
export const searchAttributeNames = {
  connection: 'SyncConnection',
  system: 'SyncSystem',
  status: 'SyncStatus',
  trigger: 'SyncTrigger',
} as const;

/** Who asked for a run; the search attribute SyncTrigger holds it. */
export type Trigger = 'person' | 'schedule' | 'start';

/** What a tick of a schedule does where a run is under way. */
export type Overlap = 'skip' | 'buffer_one' | 'cancel_other';

/** Third argument of `scheduledSync`: the part of a schedule that Temporal cannot keep for us. */
export interface TickRules {
  overlap: Overlap;
  /** So many scheduled runs that failed in a row pause the schedule; 0: never. */
  pauseAfterFailures: number;
}

/** Second argument of every sync workflow; the first is the connection's name. */
export interface RunOptions {
  /** Only these streams; every stream of the connection when left out. */
  streams?: string[];
  trigger?: Trigger;
  /** When its schedule was due; ISO 8601. */
  dueAt?: string;
  /** A person has said beforehand that a large push may go. */
  approved?: boolean;
}
