export interface ProcessIdentity {
  pid: number;
  /** From `birthOf`: differs between two processes that had the same pid. */
  birth: string;
}

/** What tells this process from any other that has or had its pid; null when no living process has it. */
export function birthOf(pid: number): string | null;

/** Whether the process that had this pid and birth still lives. A zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean;
