import { type ChildProcess, spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { get, key } from './help.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface Run {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [cli, 'sandbox', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (part) => {
    out += part;
  });
  child.stderr.on('data', (part) => {
    err += part;
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  return { child, out: () => out, err: () => err, ended };
}

async function firstLine({ out, ended }: Run): Promise<string> {
  let running = true;
  void ended.then(() => {
    running = false;
  });
  while (!out().includes('\n')) {
    if (!running) throw new Error('The sandbox ended before it said anything.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return out();
}

describe('incentive-sync sandbox', () => {
  it('prints one JSON document once it listens, and the configuration for people on stderr', async () => {
    const sandbox = run('--port', '0', '--json', '--projects', '7', '--credits', '3', '--utilizations', '2');
    const { url, incentify, neoday, atobi, vibes, ...rest } = JSON.parse(await firstLine(sandbox));
    expect(rest).toEqual({});
    expect(incentify).toEqual({ baseUrl: `${url}/incentify` });
    expect(neoday).toEqual({ baseUrl: `${url}/neoday` });
    expect(atobi).toEqual({ baseUrl: `${url}/atobi` });
    expect(vibes).toEqual({ baseUrl: `${url}/vibes` });
    expect((await get(`${incentify.baseUrl}/projects`, key)).json.meta.total).toBe(7);
    for (const words of [
      'system: incentify',
      `baseUrl: ${url}/incentify`,
      '{INCENTIFY_API_KEY}',
      'sandbox-key',
      'system: neoday',
    ]) {
      expect(sandbox.err()).toContain(words);
    }
    expect(sandbox.err()).not.toContain('Warning');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops on %s within a second, with connections kept alive',
    async (signal) => {
      const sandbox = run('--port', '0', '--json');
      const { incentify } = JSON.parse(await firstLine(sandbox));
      const agent = new Agent({ keepAliveTimeout: 60_000 });
      const answer = await agent.request({
        origin: new URL(incentify.baseUrl).origin,
        path: '/incentify/projects',
        method: 'GET',
        headers: key,
      });
      await answer.body.dump();
      const before = Date.now();
      sandbox.child.kill(signal);
      expect(await sandbox.ended).toBe(0);
      expect(Date.now() - before).toBeLessThan(1000);
      await agent.destroy();
    },
  );

  it('stops when its parent is gone, where asked for', async () => {
    const code = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, [${JSON.stringify(cli)}, 'sandbox', '--port', '0', '--json', '--exit-with-parent'],
        { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
      child.stdout.once('data', (text) => console.log(JSON.stringify({ pid: child.pid, ...JSON.parse(text) })));`;
    const parent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(parent);
    const told = await new Promise<string>((resolve) => parent.stdout.once('data', (text) => resolve(String(text))));
    const { pid, url } = JSON.parse(told);
    expect((await get(`${url}/incentify/projects`)).status).toBe(200);
    parent.kill('SIGKILL');
    try {
      const refused = () => get(`${url}/incentify/projects`).catch((error: { code?: string }) => error.code);
      await expect.poll(refused, { timeout: 5000 }).toBe('ECONNREFUSED');
    } finally {
      endIfAlive(pid);
    }
  });

  it('says what to do when the port is taken, exit code 2', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const sandbox = run('--port', String(port));
    expect(await sandbox.ended).toBe(2);
    expect(sandbox.err()).toMatch(new RegExp(`port ${port} .* taken .*\\n$`));
    expect(sandbox.out()).toBe('');
    other.close();
  });

  it('warns when it is opened to the network', async () => {
    const sandbox = run('--port', '0', '--json', '--host', '0.0.0.0');
    await firstLine(sandbox);
    expect(sandbox.err()).toMatch(/Warning: on 0\.0\.0\.0/);
  });

  it.each([
    ['--port', 'http'],
    ['--projects', '-1'],
    ['--latency', '1.5'],
  ])('refuses %s %s in words, exit code 2', async (option, value) => {
    const sandbox = run(`${option}=${value}`);
    expect(await sandbox.ended).toBe(2);
    expect(sandbox.err()).toContain(option);
  });
});

function endIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, as it should.
  }
}
