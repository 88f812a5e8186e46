import type { Path } from './document.ts';
import { type Mistake, mistakesOf, unknownKey } from './mistakes.ts';
import { type Connection, connectionName, connectionSchema, keysAt } from './schema.ts';
import type { SecretSources } from './secrets.ts';
import { createValues } from './values.ts';

export interface CheckedConnections {
  readonly connections: Connection[];
  readonly mistakes: Mistake[];
}

const topLevelKeys = ['connections', 'alerts'];
const emptyRule = 'is empty: write at least one connection below `connections:` (see incentive-sync.example.yaml)';
const shapeRule = 'must be a mapping from a connection’s name to its settings (see incentive-sync.example.yaml)';
const nameRule =
  'is not a name for a connection: use lower-case letters, digits, `-` and `_`, at most 63, beginning with a letter or digit';

/** Every connection in the file's data that is right, and everything that is wrong with the rest of the file. */
export function checkConnections(data: unknown, label: string, sources: SecretSources): CheckedConnections {
  if (data === null || data === undefined) return { connections: [], mistakes: [{ path: [], message: emptyRule }] };
  if (!isMapping(data)) {
    return { connections: [], mistakes: [{ path: [], message: 'must be a mapping that begins with `connections:`' }] };
  }
  const unknown = Object.keys(data).filter((key) => !topLevelKeys.includes(key));
  const mistakes = unknown.map((key) => unknownKey([key], topLevelKeys));
  const written = data.connections;
  if (!isMapping(written) || Object.keys(written).length === 0) {
    // A misspelt `connections` is told once, by its own line.
    if (written === undefined && mistakes.length > 0) return { connections: [], mistakes };
    const message = written === undefined || written === null || isMapping(written) ? emptyRule : shapeRule;
    return { connections: [], mistakes: [...mistakes, { path: ['connections'], message }] };
  }
  const checked = Object.entries(written).map(([name, settings]) => checkConnection(name, settings, label, sources));
  return {
    connections: checked.flatMap(({ connections }) => connections),
    mistakes: [...mistakes, ...checked.flatMap((one) => one.mistakes)],
  };
}

function checkConnection(name: string, settings: unknown, label: string, sources: SecretSources): CheckedConnections {
  const at: Path = ['connections', name];
  const mistakes: Mistake[] = connectionName.test(name) ? [] : [{ path: at, message: nameRule }];
  const schema = connectionSchema(createValues(`${label} ${at.join('.')}`, sources));
  const { data, error } = schema.safeParse(settings);
  if (data !== undefined) return { connections: [{ name, ...data }], mistakes };
  const inside = mistakesOf(error.issues, (path) => keysAt(schema, settings, path));
  return { connections: [], mistakes: [...mistakes, ...inside.map((one) => ({ ...one, path: [...at, ...one.path] }))] };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
