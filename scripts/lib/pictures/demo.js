// The demo in a folder of its own, driven through its sandbox as nobody's real vendor lets one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './browser.js';

const cli = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

/** Resolves once every connection was synced. The caller stops it. */
export async function startDemo() {
  const folder = await mkdtemp(join(tmpdir(), 'incentive-sync-pictures-'));
  const dataDir = join(folder, 'data');
  const { PATH, HOME, TEMPORAL_CLI } = process.env;
  const options = { cwd: folder, env: { PATH, HOME, FORCE_COLOR: '1', ...(TEMPORAL_CLI ? { TEMPORAL_CLI } : {}) } };
  const command = (...args) => spawn(process.execPath, [cli, ...args, '--data-dir', dataDir], options);

  const demo = command('start');
  let said = '';
  for (const stream of [demo.stdout, demo.stderr]) stream.on('data', (text) => (said += text));
  const ended = once(demo, 'exit');
  const stop = async () => {
    demo.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('the demo', () => said.includes('Up and running') || fail(demo, said), 180_000);
    const running = JSON.parse(await readFile(join(dataDir, 'runtime.json'), 'utf8'));
    return {
      stop,
      webUi: running.webUi,
      run: (...args) => output(command(...args)),
      faults: faultsAt(running.sandboxUrl),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function fail({ exitCode }, said) {
  if (exitCode !== null) throw new Error(`The demo ended: ${said}`);
}

/** What a command writes for people, colours and all. */
async function output(child) {
  let text = '';
  child.stderr.on('data', (part) => (text += part));
  await once(child, 'close');
  return text;
}

/** Sets the sandbox's faults; without any it is well again. */
function faultsAt(sandboxUrl) {
  return (...faults) =>
    fetch(`${sandboxUrl}/_sandbox/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(faults),
    });
}
