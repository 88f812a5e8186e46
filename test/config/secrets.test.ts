// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigurationError } from '../../src/errors.ts';
import { configOf, failureOf, folderWith, incentifyOf, mistakesOf } from './write.ts';

const yamlWith = (apiKey: string, more = '') => `connections:
  portfolio:
    system: incentify
    baseUrl: https://api.example.com
    apiKey: ${apiKey}
${more}`;

/** What anybody may put into a header as a key, and long enough not to be found in a sentence by accident. */
const secrets = fc.string({ minLength: 8, maxLength: 60 }).filter((text) => text.trim().length >= 8);

describe('secrets', () => {
  it('are read anew from their file each time, without its last line break', () => {
    const cwd = folderWith({ 'incentive-sync.yaml': yamlWith('${file:key.txt}'), 'key.txt': 'first-key\n' });
    const { apiKey } = incentifyOf(loadConfig({ cwd, env: {} }));
    expect(apiKey.resolve()).toBe('first-key');
    writeFileSync(join(cwd, 'key.txt'), 'second-key');
    expect(apiKey.resolve()).toBe('second-key');
    rmSync(join(cwd, 'key.txt'));
    expect(() => apiKey.resolve()).toThrow(
      /incentive-sync.yaml connections.portfolio.apiKey: secret file .* does not exist/,
    );
  });

  it('are looked up beside the configuration file, not where one stands', () => {
    const folder = folderWith({ 'incentive-sync.yaml': yamlWith('${file:key.txt}'), 'key.txt': 'the-key' });
    const config = loadConfig({ cwd: folderWith({}), file: join(folder, 'incentive-sync.yaml'), env: {} });
    expect(incentifyOf(config).apiKey.resolve()).toBe('the-key');
  });

  it('are read anew from the environment each time', () => {
    const env: Record<string, string> = { KEY: 'first-key' };
    const { apiKey } = incentifyOf(configOf(yamlWith('${KEY}'), env));
    env.KEY = 'second-key';
    expect(apiKey.resolve()).toBe('second-key');
    delete env.KEY;
    expect(() => apiKey.resolve()).toThrow(ConfigurationError);
  });

  it.each([
    ['${file:none.txt}', {}, 'secret file `'],
    ['${file:.}', {}, 'cannot be read'],
    ['${KEY}', { KEY: '' }, '`${KEY}` is empty'],
    ['${KEY}', { KEY: '\n' }, '`${KEY}` is empty'],
    ['${KEY}', { KEY: 'two\nlines' }, 'a line break'],
    ['${KEY}', {}, 'environment variable `KEY` is not set'],
    ['a${KEY}', { KEY: 'the-rest' }, 'must be a reference'],
    ['"${KEY"', {}, 'must be a reference'],
    ['12345678', {}, 'must be a reference'],
    ['', {}, 'is missing'],
  ])('written as %s with %j are refused', (apiKey, env, sentence) => {
    const mistakes = mistakesOf(yamlWith(apiKey), env);
    expect(mistakes).toEqual([expect.stringContaining(sentence)]);
    expect(mistakes[0]).toMatch('incentive-sync.yaml:5 connections.portfolio.apiKey: ');
  });

  it('show only their reference when printed or serialised', () => {
    const config = configOf(yamlWith('${KEY}'), { KEY: 'never-to-be-seen' });
    incentifyOf(config).apiKey.resolve();
    const shown = `${JSON.stringify(config)} ${inspect(config, { depth: 9, showHidden: true })}`;
    expect(shown).toContain('${KEY}');
    expect(shown).not.toContain('never-to-be-seen');
  });

  it('never appear in a message, wherever somebody puts them by mistake', () => {
    const places = (secret: string) => {
      const quoted = JSON.stringify(secret);
      return [
        yamlWith(quoted),
        yamlWith(secret),
        yamlWith(`[${secret}`),
        yamlWith(quoted, `    concurrency: ${quoted}\n    schedule: {every: ${quoted}, timezone: ${quoted}}\n`),
        yamlWith(
          quoted,
          `    streams: [${quoted}]\n    requestsPerSecond: ${quoted}\n    schedule: {cron: ${quoted}}\n`,
        ),
        yamlWith('${KEY}').replace('https://api.example.com', `https://me:${encodeURIComponent(secret)}@example.com`),
        yamlWith('${KEY}').replace('https://api.example.com', quoted),
        yamlWith('${KEY}').replace('incentify', quoted),
        yamlWith('${KEY}').replace('https://api.example.com', '${KEY}'),
        `connections: ${quoted}\n`,
        `connections: {portfolio: ${quoted}}\n`,
        `- ${secret}\n`,
        `a: "${secret}`,
        secret,
      ];
    };
    const saidOf = (secret: string, index: number): string => {
      const cwd = folderWith({ 'incentive-sync.yaml': places(secret)[index]! });
      try {
        loadConfig({ cwd, env: { KEY: secret } });
        return '';
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        return [error.message, ...error.mistakes, error.stack, inspect(error)].join('\n').replaceAll(cwd, '');
      } finally {
        rmSync(cwd, { recursive: true, force: true });
      }
    };
    // A random text may be a word of our own sentences or of a stack (`constructor`): that is there whatever the secret.
    const ordinary = Array.from({ length: 14 }, (_, index) => saidOf('s3cret-nobody-may-see', index)).join('\n');
    expect(ordinary).toContain('connections.portfolio.apiKey');
    expect(ordinary).not.toContain('s3cret-nobody-may-see');
    fc.assert(
      fc.property(secrets, fc.nat(13), (secret, index) => {
        const said = saidOf(secret, index);
        for (const spelling of [secret, encodeURIComponent(secret)]) {
          if (!ordinary.includes(spelling)) expect(said).not.toContain(spelling);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('redact', () => {
  it('takes every known secret out of a text, also as JSON and in a URL', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const { redact } = configOf(yamlWith('${KEY}'), {
          KEY: `k${secret.trim()}`,
        });
        const key = `k${secret.trim()}`;
        for (const spelling of [key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key)]) {
          expect(redact(`before ${spelling} after`)).toBe('before [secret] after');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('knows the passwords in the environment too', () => {
    const env = {
      KEY: 'key-of-portfolio',
      DATABASE_URL: 'postgres://me:p%40ssw0rd@db/x',
      TEMPORAL_API_KEY: 'temporal-key',
    };
    const { redact } = configOf(yamlWith('${KEY}'), env);
    expect(redact('p@ssw0rd p%40ssw0rd temporal-key')).toBe('[secret] [secret] [secret]');
  });

  it('knows a secret that came later', () => {
    const env = { KEY: 'first-key' };
    const config = configOf(yamlWith('${KEY}'), env);
    env.KEY = 'second-key';
    incentifyOf(config).apiKey.resolve();
    expect(config.redact('first-key, second-key')).toBe('[secret], [secret]');
  });

  it('leaves a text without secrets as it is', () => {
    expect(configOf(yamlWith('${KEY}')).redact('nothing to see')).toBe('nothing to see');
  });
});

it('a missing secret does not hide other mistakes', () => {
  const error = failureOf(() => configOf(yamlWith('${NOT_SET}', '    concurrency: 99\n'), {}));
  expect(error.message.split('\n')).toEqual([
    'incentive-sync.yaml has 2 mistakes:',
    expect.stringMatching(
      /^incentive-sync.yaml:5 connections.portfolio.apiKey: environment variable `NOT_SET` is not set/,
    ),
    expect.stringMatching(/^incentive-sync.yaml:6 connections.portfolio.concurrency: /),
  ]);
});
