import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AlreadyRunningError, readRunning } from '../../src/runtime/data-dir.ts';
import { birthOf } from '../../src/runtime/process.ts';
import { type Stack, type StackOptions, startStack } from '../../src/runtime/stack.ts';
import type { Step, SupervisedChild } from '../../src/runtime/types.ts';
import { temporalCli } from '../support/temporal-cli.ts';
import {
  allGone,
  query,
  recordedChildren,
  startOwner,
  temporaryFolder,
  withDescendants,
} from './helpers.ts';

const folders: { remove(): void }[] = [];
const stacks: Stack[] = [];
const listeners: Server[] = [];

function newDataDir(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return join(folder.path, 'data');
}

afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.stop();
  for (const listener of listeners.splice(0)) listener.close();
});
afterAll(() => {
  for (const folder of folders) folder.remove();
});

async function start(dataDir: string, more: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ ...usual(dataDir), ...more });
  stacks.push(stack);
  return stack;
}

function usual(dataDir: string): StackOptions {
  const ports = { postgres: 0, temporal: 0, webUi: 0 };
  return { dataDir, temporalCli: temporalCli(), env: process.env, ports, onStep: () => {} };
}

async function startWorkflow(address: string, workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await new Client({ connection }).workflow.start('anything', { taskQueue: 'nobody', workflowId, args: [] });
  } finally {
    await connection.close();
  }
}

async function workflowStatus(address: string, workflowId: string): Promise<string> {
  const connection = await Connection.connect({ address });
  try {
    return (await new Client({ connection }).workflow.getHandle(workflowId).describe()).status.name;
  } finally {
    await connection.close();
  }
}

async function occupy(port: number): Promise<number> {
  const server = createServer();
  listeners.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function closedListener(): Promise<{ port: number }> {
  const port = await occupy(0);
  await new Promise((resolve) => listeners.pop()?.close(resolve));
  return { port };
}

const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe('a running stack', () => {
  const dataDir = newDataDir();
  const steps: Step[] = [];
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ ...usual(dataDir), namespaces: ['second'], onStep: (step) => steps.push(step) });
  });
  afterAll(() => stack.stop());

  it('has a database with checksums, fsync and scram that only its password opens, on loopback only', async () => {
    expect(await query(stack.databaseUrl, 'select current_database() as name')).toEqual([{ name: 'incentive_sync' }]);
    const settings = `select name, setting from pg_settings where name in ('data_checksums', 'fsync',
      'listen_addresses', 'password_encryption', 'server_encoding', 'wal_compression') order by name`;
    expect(await query(stack.databaseUrl, settings)).toEqual([
      { name: 'data_checksums', setting: 'on' },
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'password_encryption', setting: 'scram-sha-256' },
      { name: 'server_encoding', setting: 'UTF8' },
      { name: 'wal_compression', setting: 'pglz' },
    ]);
    const wrongPassword = new URL(stack.databaseUrl);
    wrongPassword.password = 'wrong';
    await expect(query(wrongPassword.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  it('has a Temporal with the namespaces asked for, and its Web UI', async () => {
    await startWorkflow(stack.temporal.address, 'sync/one');
    expect(await workflowStatus(stack.temporal.address, 'sync/one')).toBe('RUNNING');
    expect((await fetch(`${stack.webUi}/api/v1/namespaces/second`)).status).toBe(200);
  });

  it('keeps secrets to its owner', () => {
    for (const secret of ['postgres-password', 'runtime.json']) expect(modeOf(join(dataDir, secret))).toBe(0o600);
    expect(modeOf(dataDir)).toBe(0o700);
    expect(modeOf(join(dataDir, 'temporal'))).toBe(0o700);
    expect(modeOf(join(dataDir, 'postgres'))).toBe(0o700);
  });

  it('says where it is in runtime.json', async () => {
    await stack.publish({ sandboxUrl: 'http://127.0.0.1:9' });
    expect(await readRunning(dataDir)).toEqual({
      pid: process.pid,
      birth: birthOf(process.pid),
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      databaseUrl: stack.databaseUrl,
      temporal: stack.temporal,
      webUi: stack.webUi,
      sandboxUrl: 'http://127.0.0.1:9',
    });
  });

  it('refuses a second start on its folder, with pid and places but no password', async () => {
    const refusal = await start(dataDir).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AlreadyRunningError);
    if (!(refusal instanceof AlreadyRunningError)) return;
    expect(refusal.running?.pid).toBe(process.pid);
    const places = [stack.webUi, stack.temporal.address, new URL(stack.databaseUrl).host];
    for (const told of [`process ${process.pid}`, ...places]) expect(refusal.message).toContain(told);
    expect(refusal.message).not.toContain(new URL(stack.databaseUrl).password);
    expect(await query(stack.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('starts a crashed child again and says so', async () => {
    const lines: string[] = [];
    const child = await startTalker('talker', lines);
    await expect.poll(() => lines).toEqual([`pid ${child.pid}`]);
    process.kill(child.pid!, 'SIGKILL');
    await expect.poll(() => lines.length, { timeout: 3_000 }).toBe(2);
    expect(lines[1]).toBe(`pid ${child.pid}`);
    expect(child.restarts).toBe(1);
    expect(steps.at(-1)?.text).toBe('The talker ended unasked (signal SIGKILL); starting it again in 0.25 s');
  });

  it('starts a crashed PostgreSQL again, at the same place', async () => {
    await query(stack.databaseUrl, 'create table kept as select 1 as one');
    process.kill(recordedChildren(dataDir).find(({ name }) => name === 'postgres')!.pid, 'SIGKILL');
    await expect
      .poll(() => query(stack.databaseUrl, 'select one from kept').catch(() => null), {
        timeout: 10_000,
        interval: 100,
      })
      .toEqual([{ one: 1 }]);
    expect(steps.at(-1)?.text).toBe('The postgres ended unasked (signal SIGKILL); starting it again in 0.25 s');
  });

  it('does not start a child again that left with an exit code said to be final', async () => {
    const child = await stack.startChild({
      name: 'done',
      command: process.execPath,
      args: ['-e', 'process.exit(78)'],
      env: process.env,
      finalExitCodes: [78],
    });
    expect(await child.ended).toBe(78);
    expect(child.restarts).toBe(0);
  });

  it('stops within 5 s and leaves no process, even with children that ignore SIGTERM', async () => {
    for (const name of ['deaf', 'deafer']) {
      const lines: string[] = [];
      await startTalker(name, lines, 'process.on("SIGTERM", () => {});');
      await expect.poll(() => lines.length).toBe(1);
    }
    const processes = withDescendants(recordedChildren(dataDir));
    expect(processes.length).toBeGreaterThan(6);
    const begun = performance.now();
    await stack.stop();
    expect(performance.now() - begun).toBeLessThan(5_000);
    await allGone(processes, 100);
    expect(await readRunning(dataDir)).toBeNull();
  });

  function startTalker(name: string, lines: string[], before = ''): Promise<SupervisedChild> {
    const script = `${before} console.log("pid", process.pid); setInterval(() => {}, 1000)`;
    const onLine = (line: string): unknown => lines.push(line);
    return stack.startChild({ name, command: process.execPath, args: ['-e', script], env: process.env, onLine });
  }
});

describe('a start', () => {
  it('takes other ports where the wanted ones are taken, says so, and stays on them', async () => {
    const dataDir = newDataDir();
    const ports = { postgres: await occupy(0), temporal: await occupy(0), webUi: await occupy(0) };
    const steps: Step[] = [];
    const first = await start(dataDir, { ports, onStep: (step) => steps.push(step) });
    for (const port of Object.values(ports)) {
      expect(steps.filter(({ text }) => text.startsWith(`Port ${port} is taken`))).toHaveLength(1);
    }
    await first.stop();
    for (const listener of listeners.splice(0)) listener.close();
    const second = await start(dataDir, { ports });
    const places = ({ databaseUrl, temporal, webUi }: Stack): unknown => [databaseUrl, temporal, webUi];
    expect(places(second)).toEqual(places(first));
  });

  it('two at once that want the same ports both come up, each with its own servers', async () => {
    const { port } = await closedListener();
    const ports = { postgres: port, temporal: port + 1, webUi: port + 2 };
    const [one, other] = await Promise.all([start(newDataDir(), { ports }), start(newDataDir(), { ports })]);
    await query(one.databaseUrl, 'create table only_here as select 1 as one');
    await startWorkflow(one.temporal.address, 'only-here');
    await expect(query(other.databaseUrl, 'select * from only_here')).rejects.toThrow(/does not exist/);
    await expect(workflowStatus(other.temporal.address, 'only-here')).rejects.toThrow(/not found/);
  });

  it('refuses a folder that holds other files, and leaves its mode alone', async () => {
    const folder = temporaryFolder();
    folders.push(folder);
    writeFileSync(join(folder.path, 'thesis.txt'), '');
    chmodSync(folder.path, 0o755);
    await expect(start(folder.path)).rejects.toThrow(/holds other files/);
    expect(modeOf(folder.path)).toBe(0o755);
  });
});

describe('a killed owner', () => {
  // One folder for all: each test finds what the one before left, as a user's restarts do.
  const dataDir = newDataDir();

  it('killed at any moment of its first start, it leaves a folder that the next start can use', async () => {
    for (const word of ['"Starting Temporal"', '"done"']) {
      const owner = startOwner(dataDir);
      await expect
        .poll(() => owner.lines.some((line) => line.includes(word)), { timeout: 20_000, interval: 5 })
        .toBe(true);
      owner.process.kill('SIGKILL');
      await owner.exited;
    }
    const stack = await start(dataDir);
    expect(await query(stack.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('kill -9 of the owner: the next start ends the orphans, and every row and workflow is still there', async () => {
    const first = startOwner(dataDir);
    const up = await first.up;
    await query(up.databaseUrl, 'create table kept as select generate_series(1, 1000) as n');
    await startWorkflow(up.address, 'sync/kept');
    const orphans = withDescendants(recordedChildren(dataDir));
    first.process.kill('SIGKILL');
    await first.exited;
    expect(await readRunning(dataDir)).toBeNull();
    expect(
      recordedChildren(dataDir)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['child', 'postgres', 'temporal']);

    const steps: Step[] = [];
    const begun = performance.now();
    const second = await start(dataDir, { onStep: (step) => steps.push(step) });
    expect(performance.now() - begun).toBeLessThan(10_000);
    await allGone(orphans, 100);
    expect(steps[0]?.text).toMatch(/left behind: (?=.*child)(?=.*postgres)(?=.*temporal)/);
    expect([second.databaseUrl, second.temporal.address]).toEqual([up.databaseUrl, up.address]);
    expect(await query(second.databaseUrl, 'select count(*)::int as rows from kept')).toEqual([{ rows: 1000 }]);
    expect(await workflowStatus(second.temporal.address, 'sync/kept')).toBe('RUNNING');
  });

  it('kill -9 of everything at once: the next start goes on', async () => {
    const first = startOwner(dataDir);
    const up = await first.up;
    await query(up.databaseUrl, 'create table kept_too as select 1 as one');
    await startWorkflow(up.address, 'sync/kept-too');
    const all = withDescendants(recordedChildren(dataDir));
    for (const { pid } of [{ pid: first.process.pid! }, ...all]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // PostgreSQL's own children end with their parent.
      }
    }
    await allGone(all, 3_000);
    await first.exited;
    const second = await start(dataDir);
    expect(await query(second.databaseUrl, 'select one from kept_too')).toEqual([{ one: 1 }]);
    expect(await workflowStatus(second.temporal.address, 'sync/kept-too')).toBe('RUNNING');
  });

  it('SIGKILL of its parent alone (npm) stops everything', async () => {
    const parent = startOwner(dataDir, { viaParent: true });
    const up = await parent.up;
    const everything = withDescendants([{ pid: parent.process.pid!, birth: '' }]);
    expect(everything.map(({ pid }) => pid)).toEqual(expect.arrayContaining([up.pid, up.child]));
    expect(everything.length).toBeGreaterThan(6);
    parent.process.kill('SIGKILL');
    await allGone(everything, 6_000);
  });

  it('SIGTERM stops everything, also in the middle of a start', async () => {
    const running = startOwner(dataDir);
    await running.up;
    const everything = withDescendants([{ pid: running.process.pid!, birth: '' }]);
    running.process.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    await allGone(everything, 100);

    const starting = startOwner(dataDir);
    await expect.poll(() => recordedChildren(dataDir).length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
    const begun = withDescendants([{ pid: starting.process.pid!, birth: '' }]);
    starting.process.kill('SIGTERM');
    expect(await starting.exited).toBe(3);
    await allGone(begun, 100);
  });
});
