import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlreadyRunningError, readRunning } from '../../src/runtime/data-dir.ts';
import { birthOf } from '../../src/runtime/process.ts';
import { type Stack, startStack } from '../../src/runtime/stack.ts';
import type { Step, SupervisedChild } from '../../src/runtime/types.ts';
import { allGone, query, recordedChildren, startOwner, withDescendants } from './helpers.ts';
import { modeOf, newDataDir, newFolder, start, startWorkflow, usual, workflowStatus } from './stacks.ts';

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
  it('refuses a folder that holds other files, and leaves its mode alone', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'thesis.txt'), '');
    chmodSync(folder, 0o755);
    await expect(start(folder)).rejects.toThrow(/holds other files/);
    expect(modeOf(folder)).toBe(0o755);
  });
});

describe('a killed owner', () => {
  it('kill -9 of the owner: the next start ends the orphans, and every row and workflow is still there', async () => {
    const dataDir = newDataDir();
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
});
