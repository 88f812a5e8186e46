// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { describe, expect, it } from 'vitest';
import { configOf, mistakesOf } from './write.ts';

const env = { KEY: 'key', HASH_KEY: 'sixteen-or-more-characters', SHORT: 'short' };
const yaml = (...keys: string[]) =>
  [
    'connections:',
    '  a:',
    '    system: incentify',
    '    baseUrl: https://x.test',
    '    apiKey: ${KEY}',
    ...keys.map((key) => `    ${key}`),
  ].join('\n');
const wrong = (...keys: string[]) => mistakesOf(yaml(...keys), env).join('\n');

describe('exclude and hash', () => {
  it('take paths in the vendor’s names, with a stream in front or lists in between', () => {
    const { connections, warnings } = configOf(
      yaml(
        'exclude: [created_by.first_name, "projects/custom_data_points[].value"]',
        'hash: [created_by.email, "custom_data_points[].name"]',
        'hashKey: ${HASH_KEY}',
      ),
      env,
    );
    expect(warnings).toEqual([]);
    expect(connections[0]).toMatchObject({
      exclude: [
        { stream: null, names: ['created_by', 'first_name'] },
        { stream: 'projects', names: ['custom_data_points', 'value'] },
      ],
      hash: [{ names: ['created_by', 'email'] }, { names: ['custom_data_points', 'name'] }],
    });
  });

  it.each([
    ['hash: [created_by.email]', /hashKey: is missing/],
    ['hash: [created_by.id]', /hash\[0\]: cannot be hashed, since its column created_by_id holds no text \(integer\)/],
    ['hash: [created_by]', /hash\[0\]: cannot be hashed as a whole.*created_by_id/],
    ['hash: [date_project_start]', /holds no text \(date\): `exclude` it instead/],
    ['exclude: [id]', /names the id/],
    ['exclude: [customers/title]', /begins with a stream that there is not: .*projects, credits/],
    ['exclude: [created by]', /is no path/],
    ['exclude: created_by.email', /must be a list of paths/],
    ['hashKey: plain-text', /must be a reference/],
  ])('%s is a mistake', (key, sentence) => {
    expect(wrong(key)).toMatch(sentence);
  });

  it('ask for a key that cannot be tried out', () => {
    expect(wrong('hash: [created_by.email]', 'hashKey: ${SHORT}')).toMatch(/hashKey: is too short/);
  });

  it('warn of a path that names nothing documented, and only of such', () => {
    const { warnings } = configOf(
      yaml('exclude: [created_by.emial, notes, jurisdiction.geographic_levels.country.name, custom_data_points.valeu]'),
      env,
    );
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^a: `created_by\.emial` names no field .*did you mean `created_by\.email`/);
    expect(warnings[1]).toMatch(/`custom_data_points\.valeu`.*did you mean `custom_data_points\.value`/);
  });

  it('know which streams a connection reads', () => {
    const path = 'exclude: [government_agency.contacts.email]';
    expect(configOf(yaml(path), env).warnings).toHaveLength(1);
    expect(configOf(yaml(path, 'streams: [incentive_programs]'), env).warnings).toEqual([]);
  });
});

describe('timeout', () => {
  it('is two minutes unless told', () => {
    expect(configOf(yaml(), env).connections[0]?.timeout).toBe(120_000);
    expect(configOf(yaml('timeout: 2s'), env).connections[0]?.timeout).toBe(2000);
  });

  it.each(['timeout: 0s', 'timeout: 6m', 'timeout: 30', 'timeout: soon'])('%s is a mistake', (key) => {
    expect(wrong(key)).toMatch(/timeout: must be a duration from 1s to 5m/);
  });
});
