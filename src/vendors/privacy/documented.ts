import type { Field } from '../fields.ts';
import { isMeant, type PrivatePath, streamKey } from './path.ts';

/** What is documented of a vendor's records: typed fields by stream, and the names within fields that are kept as JSON. */
export interface Documented {
  readonly fields: Readonly<Record<string, readonly Field[]>>;
  /** Paths below a `json` field, joined by dots: `custom_data_points.value`. */
  readonly inside: readonly string[];
  /** Fields that tell a stream's rows apart; `id` where absent. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  /** Whether there may be streams that are not documented. */
  readonly others?: boolean;
}

/** Why a path cannot be left out, in words; undefined where it can. */
export function excludeProblem(path: PrivatePath, documented: Documented): string | undefined {
  return streamProblem(path, documented) ?? idProblem(path) ?? keyProblem(path, documented);
}

/** Why the values at a path cannot be replaced by text, in words; undefined where they can. */
export function hashProblem(path: PrivatePath, documented: Documented): string | undefined {
  const problem = streamProblem(path, documented) ?? idProblem(path);
  if (problem !== undefined) return problem;
  const columns = fieldsOf(path, documented).filter(
    ({ path: names, type }) => startsWith(names, path.names) && (names.length > path.names.length || !holdsText(type)),
  );
  const [column] = columns;
  if (column === undefined) return undefined;
  return column.path.length > path.names.length
    ? `cannot be hashed as a whole, since it has columns of its own (${column.column}): name the text fields in it, or \`exclude\` it`
    : `cannot be hashed, since its column ${column.column} holds no text (${column.type}): \`exclude\` it instead`;
}

/** True where no documented field of the streams is at the path, in it or around it: probably a typing mistake. */
export function isUndocumented(path: PrivatePath, documented: Documented, streams: readonly string[]): boolean {
  if (streams.some((stream) => isMeant(path, stream) && !Object.hasOwn(documented.fields, streamKey(stream))))
    return false;
  const known = fieldsOf(path, documented, streams);
  if (known.some(({ path: names }) => startsWith(names, path.names))) return false;
  const json = known.filter(({ type, path: names }) => type === 'json' && startsWith(path.names, names));
  return !json.some(() => documented.inside.some((inside) => startsWith(inside.split('.'), path.names)));
}

/** Every documented path of the streams, for "did you mean". */
export function documentedPaths(documented: Documented, streams: readonly string[]): string[] {
  const fields = streams.flatMap((stream) => documented.fields[streamKey(stream)] ?? []);
  return [...new Set([...fields.map(({ path }) => path.join('.')), ...documented.inside])];
}

function streamProblem({ stream }: PrivatePath, { fields, others }: Documented): string | undefined {
  if (stream === null || others || Object.hasOwn(fields, stream)) return undefined;
  return `begins with a stream that there is not: before \`/\` may stand ${Object.keys(fields).join(', ')}`;
}

function idProblem({ names }: PrivatePath): string | undefined {
  return names.length === 1 && names[0] === 'id'
    ? 'names the id, which tells records apart: it has to stay'
    : undefined;
}

/** Without a field of its key, a row could not be told from another one. */
function keyProblem(path: PrivatePath, { keys = {} }: Documented): string | undefined {
  const [name, more] = path.names;
  if (name === undefined || more !== undefined) return undefined;
  const stream = Object.keys(keys).find((one) => isMeant(path, one) && keys[one]?.includes(name));
  if (stream === undefined) return undefined;
  return `is needed to tell the rows of ${stream} apart, so it has to stay: \`hash\` it instead, if it holds text`;
}

function fieldsOf(
  path: PrivatePath,
  { fields }: Documented,
  streams: readonly string[] = Object.keys(fields),
): Field[] {
  return streams.filter((name) => isMeant(path, name)).flatMap((name) => fields[streamKey(name)] ?? []);
}

function holdsText(type: Field['type']): boolean {
  return type === 'text' || type === 'json';
}

function startsWith(names: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((name, index) => names[index] === name);
}
