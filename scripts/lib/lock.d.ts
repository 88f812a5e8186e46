import type { ProcessIdentity } from './process.js';

export type Lock = { held: true; release(): void } | { held: false; owner: ProcessIdentity };

/**
 * Takes the lock `<name>.<n>` in an existing folder, or says which living process has it. Never waits. A lock left by a
 * dead process does not count, even if its pid is in use again.
 */
export function takeLock(folder: string, name: string): Lock;

/** The living process that has the lock, or null. Takes nothing. */
export function lockOwner(folder: string, name: string): ProcessIdentity | null;
