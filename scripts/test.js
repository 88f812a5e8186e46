// `npm test`: runs vitest, then prints `N passed, N failed` as the last line. Plain JavaScript, like every script that
// npm may start before the dependencies are there.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'incentive-sync-test-'));
const resultFile = join(folder, 'results.json');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`];

const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], { stdio: 'inherit' });
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of forwarded) process.on(signal, () => child.kill(signal));

child.on('close', (code, signal) => {
  const { passed, failed } = count(code === 0);
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (signal !== null) {
    for (const name of forwarded) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  } else {
    process.exitCode = code === 0 && failed === 0 && passed > 0 ? 0 : code || 1;
  }
});

/** Files that could not be loaded and errors outside of any test count as failures too: both leave no failed test. */
function count(succeeded) {
  const results = readResults();
  const unloaded = results.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = results.numFailedTests + unloaded.length;
  const ran = results.numPassedTests + failed > 0;
  return { passed: results.numPassedTests, failed: ran && !succeeded ? Math.max(1, failed) : failed };
}

function readResults() {
  try {
    return JSON.parse(readFileSync(resultFile, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}
