/** Shapes the parts of the runtime share. Types only. */

/** Environment handed to children; nothing here reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One line for the person watching: `begun` may take over a second (show a spinner), `done` carries how long it took. */
export interface Step {
  part: 'data' | 'database' | 'temporal' | 'child';
  state: 'begun' | 'waiting' | 'done' | 'note';
  /** A plain sentence or phrase, without colour or trailing full stop. */
  text: string;
  /** Milliseconds since the part began. */
  ms: number;
}

export type OnStep = (step: Step) => void;

/** Preferred ports; 0 or a taken one means any free port. Defaults 5433, 7233, 8233. */
export interface PortPreferences {
  postgres?: number | undefined;
  temporal?: number | undefined;
  webUi?: number | undefined;
}

/** Where Temporal is reached by clients and workers. `address` is host:port. */
export interface TemporalPlace {
  address: string;
  namespace: string;
}

/** What `runtime.json` says of the instance that runs on a data folder. Holds the database's password: file mode 0600. */
export interface RunningInstance {
  pid: number;
  /** Distinguishes this process from a later one with the same pid. */
  birth: string;
  /** ISO 8601. */
  startedAt: string;
  databaseUrl: string;
  temporal: TemporalPlace;
  /** Address of the Temporal Web UI, null where an own Temporal is used and none is known. */
  webUi: string | null;
  /** Base URL of the sandbox, null when none was started. */
  sandboxUrl: string | null;
}

/** A process to be started and kept running. */
export interface ChildSpec {
  /** One word, unique in the stack: names its log file `logs/<name>.log` and its record `children/<name>.json`. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the child. */
  env: Environment;
  cwd?: string | undefined;
  /** Milliseconds between SIGTERM and SIGKILL when it is stopped. Default 2500. */
  graceMs?: number | undefined;
  /** Called with each line of stdout and stderr; without it both go to the log file only. */
  onLine?: ((line: string) => void) | undefined;
  /** Exit codes that mean «do not start me again». Default none: every unasked exit is a crash. */
  finalExitCodes?: readonly number[] | undefined;
}

/** A child that is started again, with back-off, when it ends unasked. */
export interface SupervisedChild {
  readonly name: string;
  /** Of the process that runs now; undefined between a crash and the next start, and after `stop`. */
  readonly pid: number | undefined;
  /** How often it was started again. */
  readonly restarts: number;
  /** Settles when it is over for good: stopped, or left with one of `finalExitCodes` (then that code, else null). */
  readonly ended: Promise<number | null>;
  /** SIGTERM, then SIGKILL to the whole process group after `graceMs`. Never rejects. */
  stop(): Promise<void>;
}
