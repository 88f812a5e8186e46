import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');

interface Described {
  /** What its heading names, like `kpi push --dry-run`. */
  commands: string[];
  document: unknown;
}

/** The sections of docs/json.md that have a document. */
export const described: Described[] = [...text.matchAll(/^## (.*)\n[\s\S]*?```json\n([\s\S]*?)```/gm)].map(
  ([, heading = '', document = '']) => ({
    commands: [...heading.matchAll(/`([^`]+)`/g)].map(([, command = '']) => command),
    document: JSON.parse(document),
  }),
);

export function exampleOf(command: string): unknown {
  const found = described.find(({ commands }) => commands.includes(command));
  if (found === undefined) throw new Error(`docs/json.md does not describe \`${command} --json\`.`);
  return found.document;
}

/** Objects with names of streams, or the vendor's, as keys. */
const named = /(^|\.)(streams|rows|facts|settings)$/;
/** Keys that are there for some systems, triggers or outcomes only; the first part of docs/json.md says which. */
const optional = /(^|\.)(results|elements|late)$|^explanation\.because\[\]\.seconds$/;

/** Where a document is not as its example, in words: a key too many, a key too few, another type. Null goes with everything. */
export function differences(example: unknown, actual: unknown, path = ''): string[] {
  if (example === null || actual === null) return [];
  if (Array.isArray(example) && Array.isArray(actual)) {
    if (example.length === 0 && actual.length > 0) return [`${path} has entries, and its example shows none`];
    return actual.flatMap((one) => differences(example[0], one, `${path}[]`));
  }
  if (kindOf(example) !== kindOf(actual)) {
    return [`${path} is a ${kindOf(actual)}, and a ${kindOf(example)} in its example`];
  }
  return isMapping(example) && isMapping(actual) ? differentKeys(example, actual, path) : [];
}

function differentKeys(example: Mapping, actual: Mapping, path: string): string[] {
  if (named.test(path)) {
    const [first] = Object.values(example);
    return isMapping(first)
      ? Object.entries(actual).flatMap(([key, value]) => differences(first, value, `${path}.${key}`))
      : [];
  }
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  const missing = Object.keys(example).filter((key) => !(key in actual) && !optional.test(at(key)));
  return [
    ...missing.map((key) => `${at(key)} is missing`),
    ...Object.entries(actual).flatMap(([key, value]) => {
      if (key in example) return differences(example[key], value, at(key));
      return optional.test(at(key)) ? [] : [`${at(key)} is not described`];
    }),
  ];
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value);

type Mapping = Record<string, unknown>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
