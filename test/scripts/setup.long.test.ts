import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** A project with our scripts and a lockfile that needs no registry. */
let project: string;
let home: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'incentive-sync-test-'));
  project = join(folder, 'project');
  home = join(folder, 'home');
  mkdirSync(home);
  cpSync(join(root, 'scripts'), join(project, 'scripts'), { recursive: true });
  cpSync(join(root, '.npmrc'), join(project, '.npmrc'));
  writePackage();
  return () => rmSync(folder, { recursive: true, force: true });
});

const running: { kill(): void }[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});

function writePackage(packages: Record<string, unknown> = {}, dependencies: Record<string, string> = {}): void {
  const about = { name: 'fixture', version: '1.0.0', type: 'module', dependencies };
  writeFileSync(join(project, 'package.json'), JSON.stringify(about));
  const lockfile = { ...about, lockfileVersion: 3, requires: true, packages: { '': about, ...packages } };
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lockfile));
}

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

function setup(env: Record<string, string> = {}): Promise<Outcome> {
  const begun = performance.now();
  const child = spawn(process.execPath, [join(project, 'scripts', 'setup.js')], {
    cwd: project,
    env: { PATH: process.env.PATH, HOME: home, TEMPORAL_CLI: goodCli(), npm_lifecycle_event: 'prestart', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    said.stdout += data;
  });
  child.stderr.on('data', (data) => {
    said.stderr += data;
  });
  return new Promise((done) => {
    child.once('close', (code) => done({ code, ...said, ms: performance.now() - begun }));
  });
}

/** Answers like a CLI that can run the dev server. */
function goodCli(): string {
  return cli(
    'good',
    'echo "--db-filename --dynamic-config-value --sqlite-pragma --ui-port --ip temporal version 9.9.9"',
  );
}

function cli(name: string, script: string): string {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'temporal');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A PATH with Node and npm, but no Go and no Temporal. */
function bareTools(): string {
  const folder = join(home, 'tools');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return [folder, '/usr/bin', '/bin'].join(delimiter);
}

describe('setup', () => {
  it('installs packages once, with a line on stderr, and then says nothing', async () => {
    const first = await setup();
    expect(first).toMatchObject({ code: 0, stdout: '', stderr: 'Installing packages from package-lock.json …\n' });
    expect(existsSync(join(project, 'node_modules'))).toBe(true);
    const second = await setup();
    expect(second).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('installs again when the lockfile has changed', async () => {
    await setup();
    writeFileSync(join(project, 'package-lock.json'), `${readFileSync(join(project, 'package-lock.json'), 'utf8')}\n`);
    rmSync(join(project, 'node_modules', '.package-lock.json'), { force: true });
    expect((await setup()).stderr).toMatch(/^Installing packages/);
  });

  it('does not install what somebody has installed by running npm themselves', async () => {
    const present = { version: '1.0.0', integrity: 'sha512-x' };
    const elsewhere = { version: '2.0.0', optional: true, os: ['plan9'], cpu: ['vax'] };
    writePackage({ 'node_modules/present': present, 'node_modules/elsewhere': elsewhere });
    const hidden = join(project, 'node_modules', '.package-lock.json');
    mkdirSync(join(project, 'node_modules'));
    writeFileSync(hidden, JSON.stringify({ packages: { 'node_modules/present': present } }));
    expect(await setup()).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what npm said when npm fails, and what to do', async () => {
    const gone = { version: '1.0.0', resolved: 'file:gone.tgz' };
    writePackage({ 'node_modules/gone': gone }, { gone: 'file:gone.tgz' });
    const outcome = await setup();
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/npm error .*ENOENT.*gone\.tgz/);
    expect(outcome.stderr).toMatch(
      /`npm ci` failed \(exit code \d+\)\. Remove the cause named above, then run the same command again\.\n$/,
    );
  });

  it('two at once: one installs, the other waits for it, both succeed', async () => {
    const outcomes = await Promise.all([setup(), setup()]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    const installed = outcomes.filter(({ stderr }) => stderr.includes('Installing packages'));
    expect(installed).toHaveLength(1);
  });

  it('is quick when all is there', async () => {
    await setup();
    const times = [];
    for (let turn = 0; turn < 3; turn++) times.push((await setup()).ms);
    expect(Math.min(...times)).toBeLessThan(500);
  });

  it('refuses a TEMPORAL_CLI that is none, in one sentence', async () => {
    const wrong = cli('wrong', 'exit 1');
    expect(await setup({ TEMPORAL_CLI: wrong })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(`TEMPORAL_CLI is ${wrong}, which is no Temporal CLI .* Correct it or unset it.\n$`),
    });
  });

  it('takes a Temporal CLI from the PATH, but not one that is too old for our options', async () => {
    const old = cli('old', 'echo "--db-filename"');
    const path = [join(old, '..'), join(goodCli(), '..'), bareTools()].join(delimiter);
    await setup();
    expect(await setup({ TEMPORAL_CLI: '', PATH: path })).toMatchObject({ code: 0, stderr: '' });
  });

  it('takes a Temporal CLI from the cache', async () => {
    await setup();
    const cache = join(home, 'xdg');
    const cached = join(cache, 'incentive-sync', 'temporal-1.5.1');
    mkdirSync(cached, { recursive: true });
    cpSync(goodCli(), join(cached, 'temporal'));
    const env = { TEMPORAL_CLI: '', PATH: bareTools(), XDG_CACHE_HOME: cache };
    expect(await setup(env)).toMatchObject({ code: 0, stderr: '' });
  });

  it('needs no Temporal CLI for `npm start` with TEMPORAL_ADDRESS, and says what to install where it can get none', async () => {
    await setup();
    // A proxy at which nothing listens: the download fails at once, on any machine.
    const nothing = {
      TEMPORAL_CLI: '',
      PATH: bareTools(),
      HTTPS_PROXY: 'http://127.0.0.1:1',
      https_proxy: 'http://127.0.0.1:1',
    };
    const elsewhere = { ...nothing, TEMPORAL_ADDRESS: 'temporal.example:7233' };
    expect(await setup(elsewhere)).toMatchObject({ code: 0, stderr: '' });
    const outcome = await setup({ ...elsewhere, npm_lifecycle_event: 'pretest' });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/could not be downloaded: .*ECONNREFUSED/);
    expect(outcome.stderr).toMatch(
      /Install it from https:\/\/docs\.temporal\.io\/cli .*or set TEMPORAL_CLI to its path\.\n$/,
    );
  });
});
