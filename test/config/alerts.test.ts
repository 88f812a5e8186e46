// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { describe, expect, it } from 'vitest';
import { defaultRules } from '../../src/config/alerts/settings.ts';
import { configOf, mistakesOf } from './write.ts';

const env = {
  KEY: 'key-of-portfolio',
  HOOK: 'https://hooks.example.com/secret-of-the-hook',
  PASSWORD: 'mail-password',
};

const connections = `
connections:
  portfolio:
    system: incentify
    baseUrl: https://x.test
    apiKey: \${KEY}
`;
const hook = '    ops:\n      type: webhook\n      url: ${HOOK}\n';
const mail = '    mail:\n      type: smtp\n      host: smtp.example.com\n      from: a@b.test\n      to: [c@d.test]\n';

const alertsOf = (text: string, variables = env) => configOf(`${connections}alerts:\n${text}`, variables).alerts;
const wrong = (text: string, variables = env) => mistakesOf(`${connections}alerts:\n${text}`, variables);
const sentence = (text: string, variables = env) => {
  const mistakes = wrong(text, variables);
  expect(mistakes).toHaveLength(1);
  return mistakes[0]!.replace(/^incentive-sync\.yaml:\d+ alerts/, '');
};

describe('alerts:', () => {
  it('is nothing where the file has none', () => {
    expect(configOf(connections, env).alerts).toBeUndefined();
  });

  it('needs only to say where to send, and everything is watched every minute', () => {
    const alerts = alertsOf(`  channels:\n${hook}${mail}`);
    expect(alerts).toMatchObject({ rules: defaultRules, every: 60_000, giveUpAfter: 86_400_000 });
    expect(alerts?.channels).toMatchObject([
      { name: 'ops', type: 'webhook', format: 'json', url: { reference: '${HOOK}' } },
      { name: 'mail', type: 'smtp', port: 587, security: 'starttls' },
    ]);
  });

  it.each([
    ['      port: 465\n', { port: 465, security: 'tls' }],
    ['      security: tls\n', { port: 465, security: 'tls' }],
    ['      port: 25\n      security: none\n', { port: 25, security: 'none' }],
  ])('takes the usual of %j for the rest of a mail server', (more, expected) => {
    expect(alertsOf(`  channels:\n${mail}${more}`)?.channels[0]).toMatchObject(expected);
  });

  it('takes rules with all that they may say', () => {
    const rules = [
      '{on: failed, connections: [portfolio], channels: [ops]}',
      '{on: stale, freshWithin: 2h, streams: [credits]}',
      '{on: quarantine, moreThan: 5, channels: []}',
      '{on: pool-low, threshold: 500, pools: [Summer]}',
      '{on: pool-dry, withinDays: 3.5}',
    ];
    const text = rules.map((rule) => `    - ${rule}\n`).join('');
    expect(alertsOf(`  channels:\n${hook}  rules:\n${text}`)?.rules).toEqual([
      { on: 'failed', connections: ['portfolio'], channels: ['ops'] },
      { on: 'stale', freshWithin: 7_200_000, streams: ['credits'] },
      { on: 'quarantine', moreThan: 5, channels: [] },
      { on: 'pool-low', threshold: 500, pools: ['Summer'] },
      { on: 'pool-dry', withinDays: 3.5 },
    ]);
  });

  it.each([
    [
      '  channels:\n',
      '.channels: is missing: it must be a mapping from a channel’s name to where it leads, with at least one',
    ],
    ['  channels: {}\n', '.channels: must be a mapping from a channel’s name to where it leads, with at least one'],
    ['  - ops\n', ': must be a mapping with at least `channels` (see docs/configuration.md)'],
    ['  channels:\n    "a b": {type: webhook, url: "${HOOK}"}\n', /is not a name for a channel: use letters/],
    [
      '  channels:\n    ops: {type: webhok, url: "${HOOK}"}\n',
      /\.channels\.ops\.type: must say what kind .*webhook or smtp \(did you mean `webhook`\?\)/,
    ],
    [`  channels:\n${hook}      format: teams\n`, '.channels.ops.format: must be one of json, slack'],
    [`  channels:\n${hook}      methd: PUT\n`, /\.channels\.ops\.methd: is not a key that is known here/],
    [
      '  channels:\n    ops: {type: webhook, url: "https://x.test/secret"}\n',
      /\.channels\.ops\.url: must be a reference/,
    ],
    [`  channels:\n${mail}      username: u\n`, '.channels.mail.password: goes with `username`: give both or neither'],
    [
      `  channels:\n${mail}      username: u\n      password: \${PASSWORD}\n      security: none\n`,
      /\.security: would send the password in clear text/,
    ],
    [
      `  channels:\n${mail.replace('[c@d.test]', '[]')}`,
      '.channels.mail.to: must be a list of e-mail addresses, like [ops@example.com]',
    ],
    [
      `  channels:\n${mail.replace('c@d.test', 'Ops')}`,
      '.channels.mail.to[0]: must be an e-mail address alone, like ops@example.com',
    ],
    [
      `  channels:\n${mail.replace('smtp.example.com', 'smtp.example.com:25')}`,
      /\.host: must be the name of the mail server/,
    ],
    [
      `  channels:\n${hook}  rules: []\n`,
      '.rules: must be a list of rules, never empty; leave it out for the usual ones',
    ],
    [
      `  channels:\n${hook}  rules: [{on: fail}]\n`,
      /\.rules\[0\]\.on: is about nothing that is known \(did you mean `failed`\?\)/,
    ],
    [`  channels:\n${hook}  rules: [{channels: [ops]}]\n`, /\.rules\[0\].*: must say with `on` what it is about/],
    [
      `  channels:\n${hook}  rules: [{on: failed, channels: [opps]}]\n`,
      /names no channel that is known \(did you mean `ops`\?\)/,
    ],
    [
      `  channels:\n${hook}  rules: [{on: failed, connections: [games]}]\n`,
      /names no connection that is known; there are: portfolio/,
    ],
    [
      `  channels:\n${hook}  rules: [{on: stale, freshWithin: soon}]\n`,
      /freshWithin: must be a duration from 1s to 366d/,
    ],
    [`  channels:\n${hook}  rules: [{on: pool-low, threshold: -1}]\n`, /threshold: must be a whole number from 0/],
    [
      `  channels:\n${hook}  rules: [{on: failed, threshold: 1}]\n`,
      /threshold: is not a key that is known here: the keys are on, connections, channels/,
    ],
    [`  channels:\n${hook}  every: 2d\n`, '.every: must be a duration from 1s to 1h, like 30s, 15m, 2h or 1d'],
  ])('refuses %j in a sentence', (text, expected) => {
    const told = sentence(text);
    expect(told).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
    for (const secret of [env.HOOK, env.PASSWORD, 'x.test/secret']) expect(told).not.toContain(secret);
  });

  it.each([
    'http://hooks.example.com/secret-of-the-hook',
    'https:/hooks.example.com/secret-of-the-hook',
    'https://user:secret-of-the-hook@hooks.example.com/',
    'secret-of-the-hook',
  ])('refuses a webhook at %s, without showing it', (url) => {
    const told = sentence(`  channels:\n${hook}`, { ...env, HOOK: url });
    expect(told).toMatch(/^\.channels\.ops\.url: does not hold the address of a webhook: it begins with https:\/\//);
    expect(told).not.toContain('secret-of-the-hook');
  });

  it('takes plain http where a person says so', () => {
    const variables = { ...env, HOOK: 'http://hooks.internal/x' };
    expect(alertsOf(`  channels:\n${hook}      allowInsecureHttp: true\n`, variables)?.channels).toHaveLength(1);
  });
});
