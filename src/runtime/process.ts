import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from '../../scripts/lib/process.js';

export { birthOf, isAlive, type ProcessIdentity } from '../../scripts/lib/process.js';

/** Signals in order, each with the milliseconds granted before the next. */
export type Escalation = readonly (readonly [signal: NodeJS.Signals, graceMs: number])[];

/** Ends a process with rising force and answers whether it is gone. Verifies pid and birth before every signal. */
export async function end(identity: ProcessIdentity, escalation: Escalation): Promise<boolean> {
  for (const [signal, graceMs] of escalation) {
    if (!isAlive(identity)) return true;
    signalGroup(identity.pid, signal);
    if (await goneWithin(identity, graceMs)) return true;
  }
  return !isAlive(identity);
}

/** To the whole process group where the process leads one, else to it alone. A process that is gone is fine. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  // SIGKILL leaves no chance to pass the end on to one's own children, the others do.
  for (const target of signal === 'SIGKILL' ? [-pid, pid] : [pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // Not a group leader, or already gone.
    }
  }
}

async function goneWithin(identity: ProcessIdentity, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    if (!isAlive(identity)) return true;
    await sleep(15);
  }
  return !isAlive(identity);
}
