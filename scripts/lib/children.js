// Processes we wait for. When we are told to end, so are they: npm passes a SIGTERM on to us only.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { SetupError } from './say.js';

const living = new Set();
let watching = false;

/** Resolves with the exit code (null after a signal) and what was said on piped streams, at most 100,000 characters. */
export function runChild(command, args, options) {
  passSignalsOn();
  return new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(command, args, options);
    living.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        said = (said + text).slice(0, 100_000);
      });
    }
    child.once('error', (error) => {
      living.delete(child);
      reject(
        new SetupError(
          `\`${command}\` could not be started (${error.code}). Install it, then run the same command again.`,
        ),
      );
    });
    child.once('close', (code) => {
      living.delete(child);
      resolve({ code, said });
    });
  });
}

function passSignalsOn() {
  if (watching) return;
  watching = true;
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.once(signal, () => {
      for (const child of living) child.kill(signal);
      process.exit(128 + constants.signals[signal]);
    });
  }
}
