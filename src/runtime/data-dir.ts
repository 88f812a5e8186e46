import { ConfigurationError } from '../errors.ts';
import type { RunningInstance } from './types.ts';

/** The data folder is in use by a living instance; the message says its pid and where its pages are. */
export class AlreadyRunningError extends ConfigurationError {
  readonly running: RunningInstance | null;
  constructor(message: string, running: RunningInstance | null) {
    super(message);
    this.running = running;
  }
}

/** The instance that runs on this data folder now, or null: a file left by a dead process does not count. */
export async function readRunning(_dataDir: string): Promise<RunningInstance | null> {
  throw new Error('readRunning is not built yet');
}
