// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configOf, mistakesOf } from './write.ts';

const docs = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
const example = /```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '';

/** First columns of the table below a heading. */
function keysBelow(heading: string): string[] {
  const section = docs.split(/^#+ /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, key = '']) => key);
}

/** The keys that the program itself names when it meets an unknown one. */
function keysKnown(more: string): string[] {
  const yaml = `connections:\n  a:\n    system: incentify\n    baseUrl: https://x.test\n    apiKey: \${KEY}\n    ${more}\n`;
  return (/the keys are (.*)$/.exec(mistakesOf(yaml)[0] ?? '')?.[1] ?? '').split(', ');
}

describe('docs/configuration.md', () => {
  it('has an example that is right and uses every key', () => {
    const withoutFile = example.replace('${file:secrets/sandbox_key}', '${KEY}');
    const { connections } = configOf(withoutFile, {
      INCENTIFY_API_KEY: 'key',
      KEY: 'key',
      HASH_KEY: 'sixteen-or-more-characters',
    });
    expect(connections).toHaveLength(2);
    for (const key of keysBelow('`system: incentify`')) expect(example).toContain(`${key}:`);
  });

  it('describes every key and no other', () => {
    expect(keysBelow('`system: incentify`').sort()).toEqual(keysKnown('zzz: 1').sort());
    expect(keysBelow('`schedule`').sort()).toEqual(keysKnown('schedule: {zzz: 1}').sort());
  });
});
