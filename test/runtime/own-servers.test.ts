import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { ConfigurationError, DatabaseError } from '../../src/errors.ts';
import { type StackOptions, startStack } from '../../src/runtime/stack.ts';
import type { Step } from '../../src/runtime/types.ts';
import { temporalCli } from '../support/temporal-cli.ts';
import { query, recordedChildren, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const proxies: Server[] = [];
/** The suite's: whoever started them, it was not the stack that is tested. */
const theirs = {
  databaseUrl: inject('databaseUrl'),
  temporal: { address: inject('temporalAddress'), namespace: 'default' },
};
let folders = 0;

afterAll(() => {
  for (const proxy of proxies) proxy.close();
  folder.remove();
});

function options(more: Partial<StackOptions> = {}): StackOptions {
  folders += 1;
  return {
    dataDir: join(folder.path, String(folders)),
    env: process.env,
    ports: { postgres: 0, temporal: 0, webUi: 0 },
    onStep: () => {},
    reachableWithinMs: 400,
    ...more,
  };
}

/** Both servers are somebody else's, one of them changed. */
const own = (more: Partial<StackOptions> = {}): StackOptions =>
  options({ databaseUrl: theirs.databaseUrl, temporal: theirs.temporal, ...more });

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function databaseAt(port: number): string {
  const url = new URL(theirs.databaseUrl);
  url.port = String(port);
  return url.href;
}

/** Opens the port later, as a server that is still starting does. */
function forwardLater(port: number, target: number, afterMs: number): void {
  const proxy = createServer((socket) => {
    const upstream = connect(target, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) end.on('error', () => {});
  });
  proxies.push(proxy);
  setTimeout(() => proxy.listen(port, '127.0.0.1'), afterMs);
}

describe('servers of the user', () => {
  it('are used instead of embedded ones, and left running', async () => {
    const given = own();
    const stack = await startStack(given);
    expect(recordedChildren(given.dataDir)).toEqual([]);
    expect([stack.databaseUrl, stack.temporal, stack.webUi]).toEqual([theirs.databaseUrl, theirs.temporal, null]);
    await stack.stop();
    expect(await query(theirs.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('are waited for while they start, and the person is told', async () => {
    const [database, temporal] = [await closedPort(), await closedPort()];
    forwardLater(database, Number(new URL(theirs.databaseUrl).port), 1_000);
    forwardLater(temporal, Number(theirs.temporal.address.split(':')[1]), 1_000);
    const steps: Step[] = [];
    const stack = await startStack(
      own({
        databaseUrl: databaseAt(database),
        temporal: { address: `127.0.0.1:${temporal}`, namespace: 'default' },
        reachableWithinMs: 10_000,
        onStep: (step) => steps.push(step),
      }),
    );
    await stack.stop();
    const waiting = steps.filter(({ state }) => state === 'waiting').map(({ text }) => text);
    expect(waiting.sort()).toEqual([
      `The Temporal server at 127.0.0.1:${temporal} does not answer; trying for 10 s`,
      `The database at 127.0.0.1:${database}/incentive_sync does not answer; trying for 10 s`,
    ]);
  });

  it('a database that never answers: a DatabaseError that names it and no password', async () => {
    const port = await closedPort();
    const error = await startStack(own({ databaseUrl: databaseAt(port) })).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(String(error)).toContain(`The database at 127.0.0.1:${port}/incentive_sync does not answer (ECONNREFUSED)`);
    expect(String(error)).not.toContain(new URL(theirs.databaseUrl).password);
  });

  it('a wrong password and a missing database are told at once, however patient we are', async () => {
    const begun = performance.now();
    const wrong = new URL(theirs.databaseUrl);
    wrong.password = 'mistaken';
    const patient = { reachableWithinMs: 30_000 };
    const refused = await startStack(own({ ...patient, databaseUrl: wrong.href })).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(DatabaseError);
    expect(String(refused)).toMatch(/refuses us: wrong password/);
    expect(String(refused)).not.toContain('mistaken');
    const missing = new URL(theirs.databaseUrl);
    missing.pathname = '/nowhere';
    await expect(startStack(own({ ...patient, databaseUrl: missing.href }))).rejects.toThrow(
      /no database of that name/,
    );
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('a Temporal that never answers, or has no such namespace: a sentence with what to do', async () => {
    const address = `127.0.0.1:${await closedPort()}`;
    const error = await startStack(own({ temporal: { address, namespace: 'default' } })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain(
      `The Temporal server at ${address} does not answer. Start it, or correct TEMPORAL_ADDRESS`,
    );
    await expect(startStack(own({ temporal: { ...theirs.temporal, namespace: 'nowhere' } }))).rejects.toThrow(
      /no namespace `nowhere`. Make it: temporal operator namespace create/,
    );
  });

  it('a failed start leaves its folder free and no process behind', async () => {
    const given = options({ temporalCli: temporalCli(), databaseUrl: databaseAt(await closedPort()) });
    await expect(startStack(given)).rejects.toThrow(DatabaseError);
    expect(recordedChildren(given.dataDir)).toEqual([]);
    await expect(startStack(given)).rejects.toThrow(DatabaseError);
  });
});
