// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sandboxVariables } from '../../src/commands/sandbox-variables.ts';
import { loadConfig } from '../../src/config/load.ts';
import { scheduleDefaults } from '../../src/config/schedule.ts';
import { configOf, failureOf, folderWith, incentifyOf, mistakesOf } from './write.ts';

const correct = `connections:
  portfolio:
    system: incentify
    baseUrl: https://api.example.com/v1/
    apiKey: \${KEY}
`;

/** `correct` with more lines in its connection. */
const withLines = (...lines: string[]) => correct + lines.map((line) => `    ${line}\n`).join('');

describe('a correct file', () => {
  it('gives typed connections with the documented defaults', () => {
    const config = configOf(correct);
    expect(config).toMatchObject({ file: 'incentive-sync.yaml', demo: false });
    expect(config.connection('portfolio')).toMatchObject({
      name: 'portfolio',
      system: 'incentify',
      baseUrl: 'https://api.example.com/v1',
      concurrency: 4,
      streams: ['projects', 'credits', 'utilizations'],
      allowInsecureHttp: false,
    });
    expect(incentifyOf(config).requestsPerSecond).toBeUndefined();
    expect(config.connection('portfolio').schedule).toBeUndefined();
    expect(incentifyOf(config).apiKey.resolve()).toBe('key-of-portfolio');
  });

  it('reads streams in their fixed order, however they are written', () => {
    const config = configOf(withLines('streams: [utilizations, projects, utilizations]'));
    expect(incentifyOf(config).streams).toEqual(['projects', 'utilizations']);
  });

  it.each([
    ['every: 90s', { kind: 'every', everyMs: 90_000 }],
    ['every: 2h', { kind: 'every', everyMs: 7_200_000 }],
    ['every: ${HOW_OFTEN}', { kind: 'every', everyMs: 86_400_000 }],
    ['cron: "0 6 * * *"', { kind: 'cron', cron: '0 6 * * *', timezone: 'UTC' }],
    [
      'cron: "*/5 8-17 1,15 JAN-JUN MON-FRI", timezone: Europe/Amsterdam',
      { kind: 'cron', cron: '*/5 8-17 1,15 JAN-JUN MON-FRI', timezone: 'Europe/Amsterdam' },
    ],
    ['cron: "@daily"', { kind: 'cron', cron: '@daily', timezone: 'UTC' }],
    [
      'every: 15m, jitter: 2m, overlap: buffer_one, catchup: 10s, paused: true, pauseAfterFailures: 3',
      {
        kind: 'every',
        everyMs: 900_000,
        jitterMs: 120_000,
        overlap: 'buffer_one',
        catchupMs: 10_000,
        paused: true,
        pauseAfterFailures: 3,
      },
    ],
  ])('understands the schedule {%s}', (written, schedule) => {
    const yaml = `${correct}    schedule:\n${written.replace(/(, )?(\w+: )/g, '\n      $2')}\n`;
    expect(configOf(yaml, { KEY: 'key-of-portfolio', HOW_OFTEN: '1d' }).connection('portfolio').schedule).toEqual({
      ...scheduleDefaults,
      ...schedule,
    });
  });

  it('puts variables into text', () => {
    const yaml = correct.replace('api.example.com', '${TENANT}.example.com');
    expect(configOf(yaml, { KEY: 'key', TENANT: 'acme' }).connection('portfolio').baseUrl).toBe(
      'https://acme.example.com/v1',
    );
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:1/x', 'http://[::1]:8080'])('takes plain http to %s', (url) => {
    expect(configOf(correct.replace('https://api.example.com/v1/', url)).connection('portfolio').baseUrl).toBe(url);
  });

  it('takes plain http elsewhere only where that is said', () => {
    const yaml = withLines('allowInsecureHttp: true').replace('https:', 'http:');
    expect(configOf(yaml).connection('portfolio').baseUrl).toBe('http://api.example.com/v1');
  });

  it('is found by name, and a wrong name gets the nearest one and the list', () => {
    const error = failureOf(() => configOf(correct).connection('portfolo'));
    expect(error.message).toBe(
      'There is no connection `portfolo` in incentive-sync.yaml (did you mean `portfolio`?); it has: portfolio.',
    );
  });
});

describe('mistakes', () => {
  it('are listed all at once, each with its line and path', () => {
    const mistakes = mistakesOf(`connections:
  portfolio:
    system: incentify
    baseUrl: api.example.com
    apiKey: \${KEY}
    concurency: 8
    schedule:
      every: 15 minutes
  second:
    system: vibez
  third:
    system: incentify
    baseUrl: https://api.example.com
    apiKey: \${NOT_SET}
`);
    expect(mistakes.map((mistake) => mistake.split(': ')[0])).toEqual([
      'incentive-sync.yaml:4 connections.portfolio.baseUrl',
      'incentive-sync.yaml:6 connections.portfolio.concurency',
      'incentive-sync.yaml:8 connections.portfolio.schedule.every',
      'incentive-sync.yaml:10 connections.second.system',
      'incentive-sync.yaml:14 connections.third.apiKey',
    ]);
    expect(mistakes[1]).toContain('did you mean `concurrency`?');
    expect(mistakes[3]).toContain(
      'names no system that is known (did you mean `vibes`?); supported: incentify, neoday, atobi, vibes',
    );
    expect(mistakes[4]).toContain('environment variable `NOT_SET` is not set');
  });

  it.each([
    ['concurrency: 0', 6, 'concurrency', 'a whole number from 1 to 16'],
    ['concurrency: 17', 6, 'concurrency', 'a whole number from 1 to 16'],
    ['concurrency: "4"', 6, 'concurrency', 'a whole number from 1 to 16'],
    ['requestsPerSecond: 0', 6, 'requestsPerSecond', 'above 0'],
    ['requestsPerSecond: .inf', 6, 'requestsPerSecond', 'above 0'],
    ['streams: []', 6, 'streams', 'is empty'],
    ['streams: projects', 6, 'streams', 'a list of streams'],
    ['streams: [projects, credit]', 6, 'streams[1]', 'one of projects, credits, utilizations'],
    ['schedule: 15m', 6, 'schedule', 'must hold `every`'],
    ['schedule: {}', 6, 'schedule', 'either `every` or `cron`'],
    ['schedule: {every: 15m, cron: "0 6 * * *"}', 6, 'schedule', 'either `every` or `cron`'],
    ['schedule: {every: 15m, timezone: UTC}', 6, 'schedule', '`timezone` goes with `cron` only'],
    ['schedule: {every: 0s}', 6, 'schedule.every', 'from 1s to 366d'],
    ['schedule: {cron: "0 6 * *"}', 6, 'schedule.cron', 'needs five fields'],
    ['schedule: {cron: "60 6 * * *"}', 6, 'schedule.cron', 'wrong minute'],
    ['schedule: {cron: "0 6 * * FUN"}', 6, 'schedule.cron', 'wrong day of week'],
    ['schedule: {cron: "0 20-8 * * *"}', 6, 'schedule.cron', 'wrong hour'],
    ['schedule: {cron: "@sometimes"}', 6, 'schedule.cron', '@hourly'],
    ['schedule: {cron: "0 6 * * *", timezone: Mars/Base}', 6, 'schedule.timezone', 'not a time zone'],
    ['schedule: {overlap: skip}', 6, 'schedule', 'either `every` or `cron`'],
    ['schedule: {every: 15m, jitter: 16m}', 6, 'schedule.jitter', 'longer than the 15m between two runs'],
    ['schedule: {cron: "0,10 6 * * *", jitter: 1h}', 6, 'schedule.jitter', 'longer than the 10m between two runs'],
    ['schedule: {every: 15m, jitter: a bit}', 6, 'schedule.jitter', 'up to 366d'],
    ['schedule: {every: 15m, catchup: 9s}', 6, 'schedule.catchup', 'from 10s, the least that Temporal knows'],
    ['schedule: {every: 15m, overlap: bufer_one}', 6, 'schedule.overlap', 'did you mean `buffer_one`?'],
    ['schedule: {every: 15m, overlap: always}', 6, 'schedule.overlap', 'one of skip, buffer_one, cancel_other'],
    ['schedule: {every: 15m, paused: no}', 6, 'schedule.paused', 'true or false'],
    ['schedule: {every: 15m, pauseAfterFailures: -1}', 6, 'schedule.pauseAfterFailures', 'from 0 to 1000'],
    ['schedule: {every: 15m, pauseAfterFailure: 1}', 6, 'schedule.pauseAfterFailure', '`pauseAfterFailures`?'],
    ['schedule: {evry: 15m}', 6, 'schedule.evry', 'did you mean `every`?'],
    ['allowInsecureHttp: yes', 6, 'allowInsecureHttp', 'true or false'],
  ])('%s is one', (line, at, path, sentence) => {
    const mistakes = mistakesOf(withLines(line));
    expect(mistakes).toEqual([expect.stringContaining(sentence)]);
    expect(mistakes[0]).toMatch(`incentive-sync.yaml:${at} connections.portfolio.${path}: `);
  });

  it.each([
    ['api.example.com', 'must be an http or https URL'],
    ['https:/api.example.com', 'must be an http or https URL'],
    ['htps://api.example.com', 'must be an http or https URL'],
    ['ftp://api.example.com', 'must be an http or https URL'],
    ['https://api.exa mple.com', 'must be an http or https URL'],
    ['https://api.example.com/?page=2', 'take away the part from `?`'],
    ['"https://api.example.com/#top"', 'take away the part from `?`'],
    ['http://api.example.com', 'clear text'],
    ['https://${NOT_SET}.example.com', 'environment variable `NOT_SET` is not set'],
    ['https://${not a name}.example.com', 'without the name of an environment variable'],
  ])('the base URL %s is one', (url, sentence) => {
    const mistakes = mistakesOf(correct.replace('https://api.example.com/v1/', url));
    expect(mistakes).toEqual([expect.stringContaining(sentence)]);
    expect(mistakes[0]).toMatch('incentive-sync.yaml:4 connections.portfolio.baseUrl: ');
  });

  it.each(['Portfolio', '_x', 'my portfolio', 'a'.repeat(64), '"*"', '__proto__'])(
    'the connection name %s is one',
    (name) => {
      const mistakes = mistakesOf(correct.replace('portfolio', name));
      expect(mistakes).toEqual([expect.stringContaining('is not a name for a connection')]);
      expect(mistakes[0]).toMatch('incentive-sync.yaml:2 connections.');
    },
  );

  it.each([
    ['', 'is empty'],
    ['# only a comment\n', 'is empty'],
    ['connections:\n', 'is empty'],
    ['connections: {}\n', 'is empty'],
    ['connections: []\n', 'must be a mapping from a connection’s name'],
    ['- portfolio\n', 'must be a mapping that begins with `connections:`'],
    ['just text\n', 'must be a mapping that begins with `connections:`'],
    [correct.replace('connections', 'conections'), 'did you mean `connections`?'],
    ['connections:\n  portfolio: 5\n', 'must be a mapping with at least'],
    ['connections:\n  portfolio: {}\n', 'must name the vendor'],
    ['connections:\n  portfolio: {system: incentfy}\n', 'did you mean `incentify`?'],
  ])('the file %j is one', (yaml, sentence) => {
    expect(mistakesOf(yaml)).toEqual([expect.stringContaining(sentence)]);
  });

  it('of spelling count once, although the right key is then absent', () => {
    expect(mistakesOf(correct.replace('baseUrl', 'baseURL'))).toEqual([
      expect.stringMatching(/^incentive-sync.yaml:4 connections.portfolio.baseURL: .*did you mean `baseUrl`/),
    ]);
  });

  it('in the YAML itself are listed with their lines', () => {
    expect(mistakesOf('connections:\n\tportfolio:\n')[0]).toMatch(/^incentive-sync.yaml:2 is indented with a tab/);
    const doubled = `${correct}    system: incentify\n`;
    expect(mistakesOf(doubled)).toEqual([expect.stringMatching(/^incentive-sync.yaml:6 repeats a key/)]);
    expect(mistakesOf('a: *nothing\n')[0]).toMatch(/^incentive-sync.yaml:1 /);
    expect(mistakesOf('a: [1, 2\n')[0]).toMatch(/^incentive-sync.yaml:\d+ /);
  });

  it('stand at the line above the missing key', () => {
    const mistakes = mistakesOf('connections:\n  a:\n    system: incentify\n');
    expect(mistakes).toEqual([
      expect.stringMatching(/^incentive-sync.yaml:2 connections.a.baseUrl: is missing/),
      expect.stringMatching(/^incentive-sync.yaml:2 connections.a.apiKey: is missing/),
    ]);
  });
});

describe('which file', () => {
  it('is the one given, relative to where one stands', () => {
    const cwd = folderWith({ 'other.yaml': correct, 'incentive-sync.yaml': 'broken' });
    expect(loadConfig({ cwd, file: 'other.yaml', env: { KEY: 'key' } }).file).toBe('other.yaml');
  });

  it('given but missing is said, instead of the demo being run', () => {
    const error = failureOf(() => loadConfig({ cwd: folderWith({}), file: 'none.yaml', env: {} }));
    expect(error.message).toMatch(/`none.yaml` does not exist/);
  });

  it('written as .yml is said to be renamed', () => {
    const cwd = folderWith({ 'incentive-sync.yml': correct });
    expect(failureOf(() => loadConfig({ cwd, env: { KEY: 'key' } })).message).toMatch(/rename it/);
  });

  it('is the demo where there is none and a sandbox runs', () => {
    const cwd = folderWith({});
    const config = loadConfig({ cwd, env: sandboxVariables('http://127.0.0.1:9999') });
    expect(config).toMatchObject({ demo: true, dataDirectory: join(cwd, '.incentive-sync') });
    expect(config.connections.map(({ system }) => system)).toEqual(['incentify', 'neoday', 'vibes', 'atobi']);
    expect(config.connection('portfolio')).toMatchObject({
      baseUrl: 'http://127.0.0.1:9999/incentify',
      schedule: { ...scheduleDefaults, kind: 'every', everyMs: 60_000 },
    });
    expect(failureOf(() => loadConfig({ cwd, env: {} })).message).toMatch(/no sandbox is running/);
  });

  it('given as the example is right as it stands, with its variables set', () => {
    const file = join(import.meta.dirname, '../../incentive-sync.example.yaml');
    const env = { INCENTIFY_API_KEY: 'key', INCENTIFY_BASE_URL: 'https://api.example.com' };
    expect(loadConfig({ cwd: folderWith({}), file, env }).connections.length).toBeGreaterThan(0);
  });
});
