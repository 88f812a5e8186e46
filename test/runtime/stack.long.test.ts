import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Stack } from '../../src/runtime/stack.ts';
import type { Step } from '../../src/runtime/types.ts';
import { allGone, query, recordedChildren, startOwner, withDescendants } from './helpers.ts';
import { newDataDir, start, startWorkflow, workflowStatus } from './stacks.ts';

const listeners: Server[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.close();
});

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
});

describe('an owner that ends', () => {
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
