import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shells } from '../../src/commands/completion.ts';
import { completionLines } from '../../src/commands/completion-candidates.ts';
import { buildProgram } from '../../src/commands/program.ts';
import { runCli, temporaryFolder } from './cli.ts';

// Not valid as a whole, and its secret is nowhere: names are known all the same.
const yaml = `
alerts: { channels: { ops: { type: webhook, url: "\${NOWHERE}" } } }
connections:
  alpha: { system: incentify, baseUrl: nonsense, apiKey: "\${NOWHERE}" }
  beta: { system: atobi, kpis: [{ kpi: Device sales }, { kpi: gold }] }
  gamma: { system: neoday, exports: [win-info, my-own] }
  pooled: { system: vibes, pools: [{ name: Spring }] }
`;

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'mine.yaml'), yaml);
  writeFileSync(join(folder, 'incentive-sync.yaml'), yaml);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const words = (...typed: string[]) =>
  completionLines(buildProgram(), typed)
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0]);

/** Options of the file stand after the command, as a person types them. */
const of = (command: string[], ...typed: string[]) =>
  completionLines(buildProgram(), [...command, '--config', join(folder, 'mine.yaml'), ...typed])
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0]);

describe('what Tab offers', () => {
  it('are commands and subcommands that begin so', () => {
    expect(words('st')).toEqual(['start', 'status']);
    expect(words('quarantine', 're')).toEqual(['replay']);
    expect(words('__')).toEqual([]);
  });

  it('are connections, of the vendor that a command is about', () => {
    expect(of(['sync'], '')).toEqual(['alpha', 'beta', 'gamma', 'pooled']);
    expect(of(['kpi', 'push'], '')).toEqual(['beta']);
    expect(of(['pools', 'list'], '')).toEqual(['pooled']);
    expect(of(['quarantine', 'list'], '--connection', 'ga')).toEqual(['gamma']);
  });

  it('are the streams, exports, KPIs, pools and channels that fit', () => {
    expect(of(['sync', 'alpha'], '--stream', 'c')).toEqual(['credits']);
    expect(of(['sync', 'alpha'], '--stream', 'credits', 'pro')).toEqual(['projects']);
    expect(of(['sync', 'gamma'], '--stream', '')).toEqual(['win-info', 'my-own']);
    expect(of(['kpi', 'push', 'beta'], '--kpi', '')).toEqual(['Device sales', 'gold']);
    expect(of(['pools', 'show', 'pooled'], '')).toEqual(['Spring']);
    expect(of(['alerts', 'test'], '--channel', '')).toEqual(['ops']);
  });

  it('are options that are not there yet, and their values', () => {
    expect(words('sync', 'alpha', '--wa')).toEqual(['--watch']);
    expect(words('sync', 'alpha', '--watch', '--wa')).toEqual([]);
    expect(words('kpi', 'import', '--format', '')).toEqual(['csv', 'ndjson']);
    expect(words('kpi', 'import', '--format=n')).toEqual(['--format=ndjson']);
    expect(words('kpi', 'import', '--format', '=', 'n')).toEqual(['ndjson']);
    expect(words('kpi', 'import', '')).toEqual([':files']);
    expect(words('status', '--data-dir', '')).toEqual([':folders']);
  });
});

describe('the command behind Tab', () => {
  it('prints no error, whatever the file is and whatever was typed', async () => {
    writeFileSync(join(folder, 'broken.yaml'), 'connections: [\n  : :');
    const given = [
      ['sync', '--config', 'broken.yaml', ''],
      ['sync', '--config', 'missing.yaml', ''],
      ['no-such', '--nothing', '=', ''],
      [],
    ];
    for (const typed of given) {
      expect(await runCli(['__complete', '--', ...typed], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

const has = (shell: string) => spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0;

describe('the script for', () => {
  const script = async (shell: string) => {
    const { code, stdout } = await runCli(['completion', shell], { cwd: folder });
    expect(code).toBe(0);
    writeFileSync(join(folder, `completion.${shell}`), stdout);
  };
  const inShell = (shell: string, args: string[]) => execFileSync(shell, args, { cwd: folder, encoding: 'utf8' });

  it('each shell is there', () => expect(shells).toEqual(['bash', 'zsh', 'fish']));

  it.runIf(has('bash'))('bash completes the command, and npx with it', async () => {
    await script('bash');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
    const tab = 'tab() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); $with; printf "%s|" "${COMPREPLY[@]}"; echo; }';
    const typed = [
      'with=_incentive_sync_command tab incentive-sync sync ""',
      'with=_incentive_sync_command tab incentive-sync kpi push beta --kpi D',
      'with=_incentive_sync_npx tab npx --no incentive-sync sta',
    ];
    const out = inShell('bash', ['--norc', '-c', ['source completion.bash', tab, ...typed].join('\n')]);
    expect(out.split('\n')).toEqual(['alpha|beta|gamma|pooled|', 'Device\\ sales|', 'start|status|', '']);
  });

  it.runIf(has('zsh'))('zsh is a script that it can read', async () => {
    await script('zsh');
    inShell('zsh', ['-f', '-n', 'completion.zsh']);
    const out = inShell('zsh', ['-f', '-c', 'source ./completion.zsh; print $_comps[incentive-sync] $_comps[npx]']);
    expect(out).toContain('_incentive-sync');
  });

  it.runIf(has('fish'))('fish completes the command, and npx with it', async () => {
    await script('fish');
    const ask = (line: string) => inShell('fish', ['-N', '-c', `source completion.fish; complete -C '${line}'`]);
    expect(ask('incentive-sync sync a')).toBe('alpha\tconnection to incentify\n');
    expect(ask('npx incentive-sync stat')).toMatch(/^status\t/);
  });
});
