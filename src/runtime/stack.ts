import type { ConnectionOptions } from '@temporalio/client';
import type { ChildSpec, Environment, OnStep, PortPreferences, SupervisedChild, TemporalPlace } from './types.ts';

export interface StackOptions {
  /** Absolute path of the data folder; made when missing. */
  dataDir: string;
  /** The user's own PostgreSQL; without it an embedded one is started in the data folder. */
  databaseUrl?: string | undefined;
  /** The user's own Temporal; without it a dev server is started. `connection` adds TLS, API key and the like. */
  temporal?: (TemporalPlace & { connection?: ConnectionOptions | undefined; webUi?: string | undefined }) | undefined;
  /** Path of the `temporal` binary (see `findTemporalCli`); may be missing only where `temporal` is given. */
  temporalCli?: string | undefined;
  /** What embedded servers inherit (PG* and TEMPORAL_* are left out). */
  env: Environment;
  onStep: OnStep;
  ports?: PortPreferences | undefined;
  /** Further dynamic configuration of the dev server, such as `{ 'limit.historyCount.suggestContinueAsNew': 20 }`. */
  dynamicConfig?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Namespaces of the dev server besides `default`. */
  namespaces?: readonly string[] | undefined;
  /** How long an own database or Temporal that does not answer is tried for, in milliseconds. Default 30000. */
  reachableWithinMs?: number | undefined;
  /** Aborting ends the start: everything started so far is stopped and the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface Stack {
  readonly dataDir: string;
  /** With its password: never print it. */
  readonly databaseUrl: string;
  readonly temporal: TemporalPlace;
  readonly webUi: string | null;
  /** Starts a process beside the servers (sandbox, worker) and keeps it running until `stop`. */
  startChild(spec: ChildSpec): Promise<SupervisedChild>;
  /** Adds what became known later to `runtime.json`. */
  publish(known: { sandboxUrl: string | null }): Promise<void>;
  /** Children in reverse order of their start, then Temporal, then PostgreSQL; all gone within 5 s. Idempotent, never rejects. */
  stop(): Promise<void>;
}

/**
 * Takes the data folder, ends what a killed owner left behind, and brings PostgreSQL and Temporal up side by side.
 * Rejects with AlreadyRunningError when the folder is in use, ConfigurationError or DatabaseError otherwise; nothing is
 * left running then.
 */
export async function startStack(_options: StackOptions): Promise<Stack> {
  throw new Error('startStack is not built yet');
}
