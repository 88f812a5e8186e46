import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import about from '../../package.json' with { type: 'json' };
import { emptyFolder, runCli } from './cli.ts';

const commands = [
  'start',
  'worker',
  'sync',
  'resync',
  'status',
  'pause',
  'resume',
  'cancel',
  'approve-deletes',
  'alerts',
  'sandbox',
  'database-url',
];

describe('the help', () => {
  it('names every command and the exit codes, on stdout', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of commands) expect(stdout).toContain(`  ${command} `);
    expect(stdout).toContain('3 partial, parked or waiting for a person');
  });

  it('tells the version', async () => {
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${about.version}\n` });
  });
});

describe('a command line that cannot be understood', () => {
  it.each([
    [['sycn', 'portfolio'], 'Did you mean sync?'],
    [['sync', 'portfolio', '--wacth'], 'Did you mean --watch?'],
    [['sync'], "missing required argument 'connection'"],
    [['sandbox', '--port', 'four'], 'Give a whole number'],
  ])('%j ends with 2 and says what was meant', async (args, hint) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(hint);
  });

  it('is one JSON document with --json', async () => {
    const { code, stdout } = await runCli(['sync', 'portfolio', '--wacth', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        kind: 'Configuration',
        message: "unknown option '--wacth' (Did you mean --watch?)",
        mistakes: ["unknown option '--wacth' (Did you mean --watch?)"],
      },
    });
  });
});

const fiveMistakes = `
connections:
  portfolio:
    system: incentify
    baseUrl: not a url
    apiKey: written-in-the-file
    concurrency: 99
    streams: [proects]
    schedule: {every: soon}
`;

const folderWith = (yaml: string) => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, 'incentive-sync.yaml'), yaml);
  return cwd;
};

describe('a configuration with mistakes', () => {
  const written = () => folderWith(fiveMistakes);

  it('ends with 2 before anything is started, every mistake on a line of its own, once', async () => {
    const { code, stdout, stderr } = await runCli(['start'], { cwd: written() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const key of ['baseUrl', 'apiKey', 'concurrency', 'streams', 'schedule']) {
      expect(stderr.split('\n').filter((line) => line.includes(`connections.portfolio.${key}`))).toHaveLength(1);
    }
    expect(stderr).not.toContain('written-in-the-file');
    expect(stderr).not.toContain('PostgreSQL');
  });

  it('is one JSON document with all of them', async () => {
    const { stdout } = await runCli(['sync', 'portfolio', '--json'], { cwd: written() });
    const { error } = JSON.parse(stdout);
    expect(error.kind).toBe('Configuration');
    expect(error.mistakes).toHaveLength(5);
  });

  it('says which file is missing, and where an example is', async () => {
    const { code, stderr } = await runCli(['start', '--config', 'mine.yaml'], { cwd: emptyFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain('mine.yaml');
    expect(stderr).toContain('does not exist');
  });
});

describe('a name that the configuration does not have', () => {
  it('of a connection is told with the nearest one', async () => {
    const { code, stderr } = await runCli(['sync', 'portfolo'], { cwd: emptyFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean `portfolio`?');
  });

  it('of a stream is told with the nearest one', async () => {
    const { code, stderr } = await runCli(['sync', 'portfolio', '--stream', 'proects'], { cwd: emptyFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean `projects`?');
  });
});
