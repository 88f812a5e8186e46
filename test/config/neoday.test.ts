// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createCleaner } from '../../src/vendors/privacy/cleaner.ts';
import { configOf, mistakesOf, neodayOf } from './write.ts';

const env = { SECRET: 'the-client-secret', ID: 'id-from-variable', HASH_KEY: 'sixteen-or-more-characters' };
const yaml = (...keys: string[]) =>
  [
    'connections:',
    '  games:',
    '    system: neoday',
    '    baseUrl: https://gateway.acme.neo.day',
    '    clientId: acme-exports',
    '    clientSecret: ${SECRET}',
    ...keys.map((key) => `    ${key}`),
  ].join('\n');
const gamesWith = (...keys: string[]) => neodayOf(configOf(yaml(...keys), env));
const wrong = (...keys: string[]) => mistakesOf(yaml(...keys), env);

describe('a connection to NeoDay', () => {
  it('has the documented defaults', () => {
    const games = gamesWith();
    expect(games).toMatchObject({
      name: 'games',
      system: 'neoday',
      baseUrl: 'https://gateway.acme.neo.day',
      timeZone: 'UTC',
      mode: 'merge',
      concurrency: 2,
      maxFileBytes: 20_000_000_000,
      maxDeletePercent: 20,
      maxQuarantinePercent: 1,
      timeout: 120_000,
      exclude: [],
      hash: [],
      allowInsecureHttp: false,
    });
    for (const key of ['exports', 'locale', 'since', 'schedule'] as const) expect(games[key]).toBeUndefined();
    expect(games.clientId.resolve()).toBe('acme-exports');
    expect(games.clientSecret.resolve()).toBe('the-client-secret');
  });

  it('takes its id as plain text or by reference, its secret only by reference', () => {
    const byReference = yaml().replace('acme-exports', '${ID}');
    expect(neodayOf(configOf(byReference, env)).clientId.resolve()).toBe('id-from-variable');
    expect(mistakesOf(yaml().replace('acme-exports', '${NONE}'), env)).toEqual([
      expect.stringMatching(/games\.clientId: environment variable `NONE` is not set/),
    ]);
    expect(mistakesOf(yaml().replace('acme-exports', '"two words"'), env)).toEqual([
      expect.stringMatching(/games\.clientId: must be the id that NeoDay gave you/),
    ]);
    expect(mistakesOf(yaml().replace('${SECRET}', 'written-out'), env)).toEqual([
      expect.stringMatching(/games\.clientSecret: must be a reference/),
    ]);
  });

  it('shows no secret when printed or serialised', () => {
    const config = configOf(yaml(), env);
    neodayOf(config).clientSecret.resolve();
    expect(`${JSON.stringify(config)}${inspect(config, { depth: 9, showHidden: true })}`).not.toContain(env.SECRET);
    expect(config.redact('the-client-secret')).toBe('[secret]');
  });

  it('reads exports in the order of the file, each once', () => {
    expect(gamesWith('exports: [win-info, all-coupons, win-info]').exports).toEqual(['win-info', 'all-coupons']);
  });

  it.each([
    ['1000', 1000],
    ['2GB', 2_000_000_000],
    ['500 mb', 500_000_000],
    ['1.5GiB', 1_610_612_736],
    ['"123"', 123],
  ])('understands maxFileBytes: %s', (written, bytes) => {
    expect(gamesWith(`maxFileBytes: ${written}`).maxFileBytes).toBe(bytes);
  });

  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T06:00:00+01:00', '2026-01-31T05:00:00.000Z'],
    ['"2026-01-31T06:00Z"', '2026-01-31T06:00:00.000Z'],
  ])('understands since: %s', (written, instant) => {
    expect(gamesWith(`since: ${written}`).since).toBe(instant);
  });

  it('takes locale, zone, mode and schedule', () => {
    const games = gamesWith(
      'locale: en_GB',
      'timeZone: Europe/Amsterdam',
      'mode: snapshot',
      'concurrency: 8',
      'schedule: {every: 1h}',
    );
    expect(games).toMatchObject({ locale: 'en_GB', timeZone: 'Europe/Amsterdam', mode: 'snapshot', concurrency: 8 });
    expect(games.schedule).toMatchObject({ kind: 'every', everyMs: 3_600_000 });
  });

  it.each([
    ['exports: []', 'exports', 'is empty'],
    ['exports: win-info', 'exports', 'must be a list'],
    ['exports: ["win info"]', 'exports[0]', 'an export’s system name'],
    ['exports: ["../fetch"]', 'exports[0]', 'an export’s system name'],
    ['locale: english', 'locale', 'like `en_GB`'],
    ['locale: en-GB', 'locale', 'like `en_GB`'],
    ['timeZone: Mars/Base', 'timeZone', 'not a time zone'],
    ['timeZone: "+02:00"', 'timeZone', 'not a time zone'],
    ['mode: full', 'mode', 'one of merge, snapshot'],
    ['concurrency: 0', 'concurrency', 'from 1 to 8'],
    ['concurrency: 9', 'concurrency', 'from 1 to 8'],
    ['maxFileBytes: 0', 'maxFileBytes', 'above 0'],
    ['maxFileBytes: .inf', 'maxFileBytes', 'above 0'],
    ['maxFileBytes: 2 lorries', 'maxFileBytes', 'like 500MB'],
    ['maxFileBytes: 2XB', 'maxFileBytes', 'like 500MB'],
    ['since: yesterday', 'since', 'must be a date'],
    ['since: 2026-02-30', 'since', 'must be a date'],
    ['since: 2026-01-31T06:00:00', 'since', 'with its zone'],
    ['maxDeletePercent: -1', 'maxDeletePercent', 'from 0 to 100'],
    ['maxQuarantinePercent: 101', 'maxQuarantinePercent', 'from 0 to 100'],
    ['timezone: UTC', 'timezone', 'did you mean `timeZone`?'],
    ['export: [win-info]', 'export', 'did you mean `exports`?'],
    ['streams: [win-info]', 'streams', 'is not a key that is known here'],
    ['apiKey: ${SECRET}', 'apiKey', 'is not a key that is known here'],
    ['requestsPerSecond: 2', 'requestsPerSecond', 'is not a key that is known here'],
  ])('%s is a mistake', (line, path, sentence) => {
    const mistakes = wrong(line);
    expect(mistakes).toEqual([expect.stringContaining(sentence)]);
    expect(mistakes[0]).toMatch(`incentive-sync.yaml:7 connections.games.${path}: `);
  });

  it('without what it needs, or in clear text, is told at once', () => {
    const bare = 'connections:\n  games: {system: neoday, baseUrl: "http://gateway.acme.neo.day"}\n';
    expect(
      mistakesOf(bare)
        .map((mistake) => mistake.replace(/^.*?games\./, ''))
        .sort(),
    ).toEqual([
      expect.stringMatching(/^baseUrl: would send the client secret in clear text/),
      expect.stringMatching(/^clientId: is missing/),
      expect.stringMatching(/^clientSecret: is missing/),
    ]);
  });

  it('knows no keys of another vendor, nor Incentify any of its own', () => {
    const known = (system: string) =>
      mistakesOf(`connections:\n  a:\n    system: ${system}\n    zzz: 1\n`)
        .join()
        .match(/the keys are (.*)$/)?.[1];
    expect(known('neoday')).toContain('clientSecret');
    expect(known('neoday')).not.toContain('apiKey');
    expect(known('incentify')).toContain('apiKey');
    expect(known('incentify')).not.toContain('clientSecret');
  });
});

describe('personal data of players', () => {
  it('are named with the export in either spelling, as in the lists or as in the files', () => {
    for (const stream of ['win-info', 'win_info']) {
      const { hash } = gamesWith(`hash: [${stream}/userid]`, 'hashKey: ${HASH_KEY}');
      expect(hash).toEqual([{ written: `${stream}/userid`, stream: 'win_info', names: ['userid'] }]);
    }
  });

  it('are kept out of the rows of the export that is meant, however its name is written', () => {
    const { exclude, hash } = gamesWith('exclude: [gamification_prize_user_id/game_name]');
    const row = Buffer.from('{"userid":"u","game_name":"Scratch-and-Win"}');
    const cleaned = createCleaner({ exclude, hash }, 'gamification-prize-user-id')?.clean(row);
    expect(cleaned).toEqual({ bytes: Buffer.from('{"userid":"u"}') });
    expect(createCleaner({ exclude, hash }, 'win-info')).toBeUndefined();
  });

  it.each([
    ['exclude: [userid]', /exclude\[0\]: is needed to tell the rows of user_base_connections apart.*`hash` it/],
    ['exclude: [win-info/stackid]', /exclude\[0\]: is needed to tell the rows of win_info apart/],
    ['exclude: [external_id]', /exclude\[0\]: is needed to tell the rows of user_base_connections apart/],
    ['hash: [participation_date]', /hash\[0\]: cannot be hashed, since its column participation_date holds no text/],
  ])('%s is a mistake, and told once', (line, sentence) => {
    const mistakes = wrong(line, 'hashKey: ${HASH_KEY}');
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(sentence);
  });

  it.each(['client_id', 'external_id', 'user-base-connections/client_id'])(
    'are kept out under both names of the client id, whichever is written: %s',
    (written) => {
      const { hash } = gamesWith(`hash: [${written}]`, 'hashKey: ${HASH_KEY}');
      expect(hash.map(({ names }) => names[0]).sort()).toEqual(['client_id', 'external_id']);
      expect(hash.every((path) => path.stream === hash[0]?.stream)).toBe(true);
    },
  );

  it('in exports that are not documented can be named without a warning', () => {
    const warningsOf = (...keys: string[]) => configOf(yaml(...keys), env).warnings;
    expect(warningsOf('exports: [my-export]', 'exclude: [my-export/email, phone]')).toEqual([]);
    expect(warningsOf('exclude: [game_name, all-coupons/coupon_nam]')).toEqual([
      expect.stringMatching(/^games: `all-coupons\/coupon_nam`.*did you mean `coupon_name`/),
    ]);
    expect(warningsOf('exclude: [win-inof/email]')).toHaveLength(1);
  });
});
