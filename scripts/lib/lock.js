// A lock that outlives neither its owner nor a reuse of its owner's pid.
//
// Lock files are numbered. The highest one counts, and only while the process written in it lives. Whoever wants the
// lock creates the next number, which only one can; nobody ever has to remove another's file to get in.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { birthOf, isAlive } from './process.js';

/**
 * Takes the lock `<name>.<n>` in an existing folder. Answers `{ held: true, release }`, or `{ held: false, owner }` with
 * the living owner's `{ pid, birth }`. Never waits.
 */
export function takeLock(folder, name) {
  for (;;) {
    const top = highest(folder, name);
    const owner = top === 0 ? null : readOwner(join(folder, `${name}.${top}`));
    if (owner !== null && isAlive(owner)) return { held: false, owner };
    const mine = top + 1;
    if (!create(join(folder, `${name}.${mine}`))) continue;
    // We may have looked before a newer one was made, and created a number its owner had already swept.
    if (highest(folder, name) !== mine) {
      rmSync(join(folder, `${name}.${mine}`), { force: true });
      continue;
    }
    sweep(folder, name, mine);
    return { held: true, release: () => rmSync(join(folder, `${name}.${mine}`), { force: true }) };
  }
}

/** Who holds the lock, as `{ pid, birth }`, or null where no living process does. Takes nothing. */
export function lockOwner(folder, name) {
  const top = highest(folder, name);
  const owner = top === 0 ? null : readOwner(join(folder, `${name}.${top}`));
  return owner !== null && isAlive(owner) ? owner : null;
}

function numbers(folder, name) {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => Number(file.slice(name.length + 1)))
    .filter((number) => Number.isSafeInteger(number) && number > 0);
}

const highest = (folder, name) => Math.max(0, ...numbers(folder, name));

function sweep(folder, name, mine) {
  for (const number of numbers(folder, name)) {
    if (number < mine) rmSync(join(folder, `${name}.${number}`), { force: true });
  }
}

function create(file) {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) }), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

// Between creation and writing a file is empty for an instant; one that stays empty was left by a process that died.
function readOwner(file) {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      const { pid, birth } = JSON.parse(readFileSync(file, 'utf8'));
      return { pid, birth };
    } catch (error) {
      if (error.code !== undefined) return null;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
  return null;
}
