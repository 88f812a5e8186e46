// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { atobiOf, configOf, mistakesOf } from './write.ts';

const env = { SECRET: 'the-client-secret', ID: 'id-from-variable', TYPE: 'type-from-variable' };
const yaml = (...keys: string[]) =>
  [
    'connections:',
    '  kpis:',
    '    system: atobi',
    '    baseUrl: https://acme.erapp.dk',
    '    clientId: acme-kpis',
    '    clientSecret: ${SECRET}',
    '    type: acme-sales-feed',
    ...keys.map((key) => `    ${key}`),
  ].join('\n');
const kpisWith = (...keys: string[]) => atobiOf(configOf(yaml(...keys), env));
const wrong = (...keys: string[]) => mistakesOf(yaml(...keys), env);

describe('a connection to Atobi', () => {
  it('has the documented defaults', () => {
    const { clientId, clientSecret, ...settings } = kpisWith();
    expect(settings).toEqual({
      name: 'kpis',
      system: 'atobi',
      baseUrl: 'https://acme.erapp.dk',
      type: 'acme-sales-feed',
      apiVersion: 'v1',
      requestsPerMinute: 180,
      batchElements: 500,
      batchBytes: 1_000_000,
      onUnknown: 'resend',
      refusedStatuses: ['error', 'failed', 'false', '0'],
      maxElements: 100_000,
      maxQuarantinePercent: 1,
      kpis: [],
      queryTimeout: 60_000,
      maxRows: 100_000,
      timeout: 120_000,
      allowInsecureHttp: false,
    });
    expect([clientId.resolve(), clientSecret.resolve()]).toEqual(['acme-kpis', 'the-client-secret']);
  });

  it('takes its id and its type from a variable, its secret only by reference', () => {
    const byReference = yaml().replace('acme-kpis', '${ID}').replace('acme-sales-feed', '${TYPE}');
    const { clientId, type } = atobiOf(configOf(byReference, env));
    expect([clientId.resolve(), type]).toEqual(['id-from-variable', 'type-from-variable']);
    expect(mistakesOf(yaml().replace('${SECRET}', 'written-out'), env)).toEqual([
      expect.stringMatching(/kpis\.clientSecret: must be a reference/),
    ]);
  });

  it('shows no secret when printed or serialised', () => {
    const config = configOf(yaml(), env);
    atobiOf(config).clientSecret.resolve();
    expect(`${JSON.stringify(config)}${inspect(config, { depth: 9, showHidden: true })}`).not.toContain(env.SECRET);
  });

  it('reads statuses as they stand in JSON, in any case of letters, each once', () => {
    const { refusedStatuses } = kpisWith('refusedStatuses: [Error, ERROR, false, 0, 500]');
    expect(refusedStatuses).toEqual(['error', 'false', '0', '500']);
    expect(kpisWith('refusedStatuses: []').refusedStatuses).toEqual([]);
  });

  it('names the context of a KPI after it, and keeps its query to the letter', () => {
    const { kpis } = kpisWith(
      'kpis:',
      '  - kpi: coupons_received',
      '  - kpi: coupons_used',
      '    context: coupons',
      '    units: "%"',
      '    query: |',
      "      SELECT '${x}' AS user_id",
    );
    expect(kpis).toEqual([
      { kpi: 'coupons_received', context: 'coupons_received' },
      { kpi: 'coupons_used', context: 'coupons', units: '%', query: "SELECT '${x}' AS user_id\n" },
    ]);
  });

  it.each([
    ['type: ""', 'type', 'must be the identifier of your integration'],
    ['type: 12', 'type', 'must be the identifier of your integration'],
    ['scope: ""', 'scope', 'must be the scope'],
    ['apiVersion: 1', 'apiVersion', 'must be the version in the address'],
    ['apiVersion: v1/kpi', 'apiVersion', 'must be the version in the address'],
    ['apiVersion: ..', 'apiVersion', 'must be the version in the address'],
    ['requestsPerMinute: 0', 'requestsPerMinute', 'from 1 to 6000'],
    ['requestsPerMinute: 6001', 'requestsPerMinute', 'from 1 to 6000'],
    ['requestsPerMinute: 1.5', 'requestsPerMinute', 'from 1 to 6000'],
    ['batchElements: 0', 'batchElements', 'from 1 to 10000'],
    ['batchElements: 10001', 'batchElements', 'from 1 to 10000'],
    ['batchBytes: 999', 'batchBytes', 'from 1KB to 100MB'],
    ['batchBytes: 1GB', 'batchBytes', 'from 1KB to 100MB'],
    ['batchBytes: big', 'batchBytes', 'like 500MB'],
    ['onUnknown: ignore', 'onUnknown', 'one of resend, hold'],
    ['refusedStatuses: error', 'refusedStatuses', 'must be a list of what `status` says'],
    ['refusedStatuses: [[error]]', 'refusedStatuses[0]', 'must be a text, a number, true or false'],
    ['maxElements: 0', 'maxElements', 'from 1 to 100000000'],
    ['maxQuarantinePercent: 101', 'maxQuarantinePercent', 'from 0 to 100'],
    ['queryTimeout: 1h', 'queryTimeout', 'from 1s to 5m'],
    ['maxRows: 0', 'maxRows', 'from 1 to 10000000'],
    ['kpis: {kpi: points}', 'kpis', 'must be a list of KPIs'],
    ['kpis: [points]', 'kpis[0]', 'must be a mapping with at least `kpi`'],
    ['kpis: [{}]', 'kpis[0].kpi', 'is missing: it must be the KPI’s name'],
    ['kpis: [{kpi: ""}]', 'kpis[0].kpi', 'must be the KPI’s name'],
    ['kpis: [{kpi: " points"}]', 'kpis[0].kpi', 'without blanks around them'],
    ['kpis: [{kpi: points, units: 7}]', 'kpis[0].units', 'must be the unit'],
    ['kpis: [{kpi: points, context: ""}]', 'kpis[0].context', 'must be the name that groups KPIs'],
    ['kpis: [{kpi: points, query: "  "}]', 'kpis[0].query', 'must be one SQL query'],
    ['kpis: [{kpi: points, sql: SELECT 1}]', 'kpis[0].sql', 'the keys are kpi, context, units, query'],
    ['kpis: [{kpi: points, unit: Eur}]', 'kpis[0].unit', 'did you mean `units`?'],
    ['kpis: [{kpi: a}, {kpi: b}, {kpi: a}]', 'kpis[2].kpi', 'is there already'],
    ['requestPerMinute: 90', 'requestPerMinute', 'did you mean `requestsPerMinute`?'],
    ['exclude: [user_id]', 'exclude', 'is not a key that is known here'],
    ['concurrency: 2', 'concurrency', 'is not a key that is known here'],
  ])('%s is a mistake', (line, path, sentence) => {
    const lines = line.startsWith('type:') ? yaml().replace('type: acme-sales-feed', line) : yaml(line);
    const mistakes = mistakesOf(lines, env);
    expect(mistakes).toEqual([expect.stringContaining(sentence)]);
    expect(mistakes[0]).toContain(`connections.kpis.${path}: `);
  });

  it('without what it needs, or in clear text, is told at once', () => {
    const bare = 'connections:\n  kpis: {system: atobi, baseUrl: "http://acme.erapp.dk"}\n';
    expect(
      mistakesOf(bare)
        .map((mistake) => mistake.replace(/^.*?connections\.kpis\./, ''))
        .sort(),
    ).toEqual([
      expect.stringMatching(/^baseUrl: would send the client secret in clear text/),
      expect.stringMatching(/^clientId: is missing/),
      expect.stringMatching(/^clientSecret: is missing/),
      expect.stringMatching(/^type: is missing/),
    ]);
    expect(wrong('allowInsecureHttp: maybe')).toEqual([expect.stringContaining('must be true or false')]);
  });
});
