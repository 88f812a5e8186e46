// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alertKinds } from '../../src/config/alerts/settings.ts';
import { configOf, mistakesOf } from './write.ts';

const docs = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
const example = /```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '';

/** First columns of the table below a heading. */
function keysBelow(heading: string): string[] {
  const section = docs.split(/^#+ /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, key = '']) => key);
}

/** The keys that the program itself names when it meets an unknown one. */
function keysKnown(system: string, more: string): string[] {
  const yaml = `connections:\n  a:\n    system: ${system}\n    baseUrl: https://x.test\n    ${more}\n`;
  const told = mistakesOf(yaml).find((mistake) => mistake.includes('the keys are')) ?? '';
  return (/the keys are (.*)$/.exec(told)?.[1] ?? '').split(', ');
}

/** The same of what stands below `alerts:`. */
function alertKeysKnown(text: string): string[] {
  const yaml = `connections:\n  a: {system: incentify, baseUrl: https://x.test, apiKey: "\${KEY}"}\nalerts: ${text}\n`;
  const told = mistakesOf(yaml).filter((mistake) => mistake.includes('zzz: is not a key'));
  return told.flatMap((one) => (/the keys are (.*)$/.exec(one)?.[1] ?? '').split(', '));
}

/** The example's connections of one system, as written. */
function exampleOf(system: string): string {
  const connections = example.split(/^ {2}(?=\w+:$)/m).slice(1);
  return connections.filter((one) => one.includes(`system: ${system}`)).join('');
}

describe('docs/configuration.md', () => {
  it('has an example that is right and uses every key', () => {
    const withoutFile = example.replace('${file:secrets/sandbox_key}', '${KEY}');
    const { connections } = configOf(withoutFile, {
      INCENTIFY_API_KEY: 'key',
      KEY: 'key',
      NEODAY_CLIENT_SECRET: 'secret',
      ATOBI_CLIENT_SECRET: 'secret',
      VIBES_PASSWORD: 'password',
      VIBES_US_USER: 'user',
      HASH_KEY: 'sixteen-or-more-characters',
      OPS_WEBHOOK: 'https://hooks.example.com/x',
      SMTP_PASSWORD: 'secret',
    });
    expect(connections).toHaveLength(6);
    for (const system of ['incentify', 'neoday', 'atobi', 'vibes']) {
      for (const key of keysBelow(`\`system: ${system}\``)) expect(exampleOf(system)).toContain(`${key}:`);
    }
  });

  it('describes every key and no other', () => {
    for (const system of ['incentify', 'neoday', 'atobi', 'vibes']) {
      const documented = keysBelow(`\`system: ${system}\``);
      expect(documented.length).toBeGreaterThan(10);
      expect(documented.sort()).toEqual(keysKnown(system, 'zzz: 1').sort());
    }
    expect(keysBelow('`schedule`').sort()).toEqual(keysKnown('incentify', 'schedule: {zzz: 1}').sort());
    expect(keysBelow('`alerts`').sort()).toEqual(alertKeysKnown('{zzz: 1}').sort());
    for (const type of ['webhook', 'smtp']) {
      const known = alertKeysKnown(`{channels: {ops: {type: ${type}, zzz: 1}}}`);
      expect(keysBelow(`\`type: ${type}\``).sort()).toEqual(known.sort());
    }
    const rules = alertKinds.map((on) => `{on: ${on}, zzz: 1}`).join(', ');
    expect(keysBelow('`rules`').sort()).toEqual([...new Set(alertKeysKnown(`{rules: [${rules}]}`))].sort());
    expect(keysBelow('`kpis`').sort()).toEqual(keysKnown('atobi', 'kpis: [{zzz: 1}]').sort());
  });
});
