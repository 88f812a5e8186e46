import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, type Variables } from '../config/environment.ts';
import { isRecord, readJson, writePrivateJson } from '../runtime/files.ts';
import { isFree } from '../runtime/ports.ts';
import type { Stack } from '../runtime/stack.ts';
import { sandboxVariables } from './sandbox-variables.ts';
import { CommandError, exitCodes } from './shared.ts';

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
const sandboxPort = 4100;
/** Codes that each pool of the demo issues in a second: the first runs low after some minutes. */
const demoIssued = '3';
/** Seconds after which something changes at the demo's vendors, again and again: the schedule's next run shows it. */
const demoChanges = '45';

const demoStory = ['--vibes-issued', demoIssued, '--changes', demoChanges];

/** Where the sandbox of a data folder is going to be. */
export interface SandboxPlan {
  url: string;
  port: number;
  variables: Variables;
}

/** The port stays with the data folder: it is where the rows came from. */
export async function planSandbox(dataDir: string): Promise<SandboxPlan> {
  const port = await choosePort(dataDir);
  const url = `http://127.0.0.1:${port}`;
  return { url, port, variables: sandboxVariables(url) };
}

/** Starts the emulated vendors beside the servers; settles when they answer. */
export async function startSandbox(stack: Stack, { port }: SandboxPlan, signal: AbortSignal): Promise<void> {
  await startReady(stack, {
    name: 'sandbox',
    args: ['sandbox', '--port', String(port), ...demoStory, '--json', '--exit-with-parent'],
    env: childEnvironment(),
    readyWhen: (document) => document.url !== undefined,
    signal,
  });
  writePrivateJson(portFile(stack.dataDir), { port });
}

const portFile = (dataDir: string) => join(dataDir, 'sandbox.json');

async function choosePort(dataDir: string): Promise<number> {
  const known = readJson(portFile(dataDir));
  const last = isRecord(known) && typeof known.port === 'number' ? known.port : sandboxPort;
  if (await isFree(last)) return last;
  return (await isFree(sandboxPort)) ? sandboxPort : anyFree();
}

/** A fixed number, not 0: after a crash the sandbox must come back at the same address. */
function anyFree(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : sandboxPort));
    });
  });
}

export interface WorkerPlan {
  args: readonly string[];
  env: Variables;
  signal: AbortSignal;
}

/** Starts a worker beside the servers; settles when it takes work. */
export async function startWorker(stack: Stack, { args, env, signal }: WorkerPlan): Promise<void> {
  await startReady(stack, {
    name: 'worker',
    args: ['worker', ...args, '--json', '--exit-with-parent'],
    env: childEnvironment(env),
    readyWhen: (document) => document.worker !== undefined,
    signal,
  });
}

interface ReadyPlan {
  name: string;
  args: readonly string[];
  env: Variables;
  readyWhen: (document: Record<string, unknown>) => boolean;
  signal: AbortSignal;
}

/** A child is ready when it prints its JSON document; when it gives up before, its last words are the error. */
async function startReady(stack: Stack, plan: ReadyPlan): Promise<void> {
  const ready = Promise.withResolvers<void>();
  let lastWords = '';
  const child = await stack.startChild({
    name: plan.name,
    command: process.execPath,
    args: [cli, ...plan.args],
    env: plan.env,
    finalExitCodes: [exitCodes.usage],
    onLine: (line) => {
      const document = documentIn(line);
      if (document && plan.readyWhen(document)) ready.resolve();
      else if (!document && line.trim() !== '') lastWords = line.trim();
    },
  });
  const gone = child.ended.then(() => {
    throw new CommandError(`The ${plan.name} cannot run: ${lastWords} (more in ${join(stack.dataDir, 'logs')})`);
  });
  await Promise.race([ready.promise, gone, aborted(plan.signal)]);
}

function documentIn(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    const document: unknown = JSON.parse(line);
    return isRecord(document) ? document : null;
  } catch {
    return null;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
