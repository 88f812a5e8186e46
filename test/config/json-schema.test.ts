// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fileOf, usualChoice, variablesOf } from '../../src/commands/init-file.ts';
import { configurationSchema, type JsonSchema } from '../../src/config/json-schema.ts';
import { configOf, mistakesOf } from './write.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const schema = configurationSchema(read('docs/configuration.md'));
const check = new Ajv({ strict: false, allErrors: true }).compile(schema);

const fits = (yaml: string) => {
  const right = check(parse(yaml));
  return right ? [] : check.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
};
const snippets = (path: string) =>
  [...read(path).matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(([, yaml = '']) => yaml)
    .filter((yaml) => /^(connections|alerts):/m.test(yaml));

/** Every object of the schema that has keys, with the names that lead to it. */
function objects(part: unknown, path: string[] = []): { path: string[]; properties: Record<string, JsonSchema> }[] {
  if (typeof part !== 'object' || part === null) return [];
  const own =
    'properties' in part && 'additionalProperties' in part ? [part.properties as Record<string, JsonSchema>] : [];
  const below = Object.entries(part).flatMap(([key, value]) => objects(value, [...path, key]));
  return [...own.map((properties) => ({ path, properties })), ...below];
}

const incentify = { system: 'incentify', baseUrl: 'https://x.test', apiKey: '${KEY}' };
const neoday = { system: 'neoday', baseUrl: 'https://x.test', clientId: 'c', clientSecret: '${KEY}' };
const atobi = { ...neoday, system: 'atobi', type: 't' };
const vibes = { system: 'vibes', region: 'eu', companyKey: 'Ab', username: 'u', password: '${KEY}' };
const one = (connection: object) => ({ connections: { a: connection } });

describe('incentive-sync.schema.json', () => {
  it('is the one of the program; `npm run schema` makes it anew', () => {
    expect(JSON.parse(read('incentive-sync.schema.json'))).toEqual(schema);
  });

  it('takes the example, the demo, every file in the documentation and whatever `init` writes', () => {
    for (const path of ['incentive-sync.example.yaml', 'src/config/demo.yaml'])
      expect(fits(read(path)), path).toEqual([]);
    const written = ['README.md', 'docs/configuration.md', 'docs/alerts.md', 'docs/kpis.md'].flatMap(snippets);
    expect(written.length).toBeGreaterThan(3);
    for (const yaml of written) {
      const { connections = { a: incentify }, ...others } = parse(yaml);
      expect(fits(JSON.stringify({ connections, ...others })), yaml).toEqual([]);
    }
    const all = fileOf((['incentify', 'neoday', 'atobi', 'vibes'] as const).map(usualChoice), './x.json');
    expect(fits(all)).toEqual([]);
  });

  it('refuses what the program refuses, as far as a schema can see it', () => {
    const mistakes: object[] = [
      {},
      { connections: {} },
      { conections: one(incentify).connections },
      { connections: { 'A b': incentify } },
      one({ ...incentify, system: 'incentivy' }),
      one({ ...incentify, system: undefined }),
      one({ ...incentify, baseUrl: 'api.example.com' }),
      one({ ...incentify, apiKey: 'literal' }),
      one({ ...incentify, apiKey: undefined }),
      one({ ...incentify, concurency: 4 }),
      one({ ...incentify, concurrency: 17 }),
      one({ ...incentify, concurrency: 1.5 }),
      one({ ...incentify, streams: [] }),
      one({ ...incentify, streams: ['credit'] }),
      one({ ...incentify, confirmDeletes: 'never' }),
      one({ ...incentify, maxDeletePercent: 101 }),
      one({ ...incentify, timeout: '2 minutes' }),
      one({ ...incentify, timeout: 30 }),
      one({ ...incentify, hash: ['title'] }),
      one({ ...incentify, schedule: { evry: '15m' } }),
      one({ ...incentify, allowInsecureHttp: 'yes' }),
      one({ ...neoday, maxFileBytes: '20 gigs' }),
      one({ ...neoday, maxFileBytes: 0 }),
      one({ ...neoday, exports: ['a b'] }),
      one({ ...neoday, mode: 'append' }),
      one({ ...atobi, type: undefined }),
      one({ ...atobi, onUnknown: 'drop' }),
      one({ ...atobi, kpis: [{ query: 'SELECT 1' }] }),
      one({ ...atobi, batchBytes: 'many' }),
      one({ ...vibes, region: 'asia' }),
      one({ ...vibes, region: undefined }),
      one({ ...vibes, baseUrl: 'https://x.test' }),
      one({ ...vibes, pools: [{ id: 3 }] }),
      one({ ...vibes, pools: [{ name: 'p', distribution: { method: 'any' } }] }),
      { ...one(incentify), alerts: {} },
      { ...one(incentify), alerts: { channels: {} } },
      { ...one(incentify), alerts: { channels: { ops: { type: 'pager' } } } },
      { ...one(incentify), alerts: { channels: { ops: { type: 'webhook', url: 'https://hooks.example.com' } } } },
      { ...one(incentify), alerts: { channels: { ops: { type: 'webhook', url: '${KEY}' } }, every: '1 minute' } },
      {
        ...one(incentify),
        alerts: { channels: { ops: { type: 'webhook', url: '${HOOK}' } }, rules: [{ on: 'late' }] },
      },
    ];
    for (const mistake of mistakes) {
      const yaml = JSON.stringify(mistake);
      expect(fits(yaml).length, yaml).toBeGreaterThan(0);
      expect(mistakesOf(yaml, { KEY: 'key', HOOK: 'https://hooks.example.com/x' }).length, yaml).toBeGreaterThan(0);
    }
  });

  it('never refuses what the program takes', () => {
    const text = (...values: string[]) => fc.constantFrom(...values);
    const any = {
      timeout: text('1s', ' 5m', '120s ', '${WAIT}'),
      baseUrl: text('https://x.test', 'HTTPS://x.test/v1/', ' https://x.test', '${ADDRESS}', 'https://${HOST}/v1'),
      maxFileBytes: fc.oneof(fc.integer({ min: 1, max: 1e9 }), text('500MB', '2gib', '1.5 GB', '12', ' 7kb ')),
      maxDeletePercent: fc.double({ min: 0, max: 100, noNaN: true }),
      clientSecret: text('${KEY}', ' ${KEY} '),
      schedule: fc.oneof(
        fc.record({ every: text('1s', '366d') }),
        fc.record({ cron: text('0 6 * * *', '@daily') }),
        fc.record({ cron: text('0 6 * * MON'), timezone: text('UTC', '${ZONE}') }),
      ),
      locale: text('en_GB', '${LOCALE}'),
      since: text('2026-01-31', '2026-01-31T06:00:00+01:00'),
    };
    const env = { KEY: 'k', WAIT: '30s', ADDRESS: 'https://y.test', HOST: 'z.test', ZONE: 'UTC', LOCALE: 'nl_NL' };
    fc.assert(
      fc.property(fc.record(any, { requiredKeys: [] }), (some) => {
        const yaml = JSON.stringify(one({ ...neoday, ...some }));
        configOf(yaml, env);
        expect(fits(yaml)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('says of every key what it is, in the words of the documentation', () => {
    const all = objects(schema);
    expect(all.length).toBeGreaterThan(15);
    // Their keys are described where they stand.
    const described = all.filter(({ path }) => !['incentive_codes', 'distribution'].includes(path.at(-1)!));
    const silent = described.flatMap(({ path, properties }) =>
      Object.entries(properties).flatMap(([key, { description }]) => (description ? [] : [[...path, key].join('.')])),
    );
    expect(silent).toEqual([]);
  });

  it('has the defaults that the program has', () => {
    const variables = { KEY: 'k' };
    for (const written of [incentify, neoday, atobi, vibes]) {
      const mine = objects(schema).find(({ properties }) => properties.system?.const === written.system)!.properties;
      const standards = Object.entries(mine).filter(([, { default: standard }]) => standard !== undefined);
      expect(standards.length).toBeGreaterThan(3);
      const full = { ...Object.fromEntries(standards.map(([key, value]) => [key, value.default])), ...written };
      const [bare, filled] = [written, full].map((keys) =>
        configOf(JSON.stringify(one(keys)), variables).connection('a'),
      );
      expect(JSON.parse(JSON.stringify(filled))).toEqual(JSON.parse(JSON.stringify(bare)));
    }
  });
});

describe('the file that `init` writes', () => {
  const systems = ['incentify', 'neoday', 'atobi', 'vibes'] as const;
  const standIn = (name: string) => (name.endsWith('_BASE_URL') ? 'https://api.example.com' : 'value');

  it('loads without a mistake once its variables are set, whichever systems are chosen, and holds no secret', () => {
    fc.assert(
      fc.property(fc.subarray([...systems], { minLength: 1 }), (chosen) => {
        const choices = chosen.map(usualChoice);
        const text = fileOf(choices, './incentive-sync.schema.json');
        const variables = variablesOf(choices);
        const { connections, warnings } = configOf(
          text,
          Object.fromEntries(variables.map((name) => [name, standIn(name)])),
        );
        expect(connections.map(({ system }) => system)).toEqual(chosen);
        expect(warnings).toEqual([]);
        for (const name of variables) expect(text).toContain(`: \${${name}}\n`);
      }),
      { numRuns: 30 },
    );
  });

  it('also loads with every commented key taken in', () => {
    const choices = systems.map(usualChoice);
    const text = fileOf(choices, './x.json');
    const taken = text.replace(/^( *)# ?(( *)(- )?[a-zA-Z_]+:( .*)?| {6,}\S.*)$/gm, (line, indent, rest) =>
      /^(#? ?[A-Z]|\S+: .*[a-z] [a-z]+ )/.test(rest) ? line : `${indent}${rest}`,
    );
    expect(taken).toContain('\n    streams:');
    const names = [...variablesOf(choices), 'OPS_WEBHOOK', 'HASH_KEY'];
    const env = Object.fromEntries(
      names.map((name) => [name, name === 'OPS_WEBHOOK' ? 'https://x.test/hook' : standIn(name)]),
    );
    expect(() => configOf(taken, { ...env, HASH_KEY: 'sixteen-or-more-characters' })).not.toThrow();
  });
});
