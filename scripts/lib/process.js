// Which process a pid means. A pid alone is not enough: the system hands it out again.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What tells this process from any other that has or had its pid; null when no living process has it. */
export function birthOf(pid) {
  if (process.platform === 'linux') return linuxBirth(pid);
  if (!answersToSignals(pid)) return null;
  return process.platform === 'win32' ? 'unknown' : psBirth(pid);
}

/** Whether the process that had this pid and birth still lives. A zombie does not. */
export function isAlive({ pid, birth }) {
  return birth !== '' && birthOf(pid) === birth;
}

function linuxBirth(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command, in parentheses, may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' ? null : `${bootId()}:${started}`;
  } catch {
    return null;
  }
}

// Start times count from boot, so a number from before a reboot could meet its like.
function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'boot';
  }
}

function answersToSignals(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function psBirth(pid) {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [state, ...started] = line.split(/\s+/);
    return state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}
