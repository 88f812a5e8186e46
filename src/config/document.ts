import { isMap, isNode, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';

export type Path = readonly (string | number)[];

/** A YAML file as data, with the line of every path in it. */
export interface SourceDocument {
  readonly data: unknown;
  /** First line of the value at `path`, or of the nearest thing around it that exists; counted from 1. */
  lineOf(path: Path): number;
}

export interface SyntaxMistake {
  readonly line: number;
  readonly message: string;
}

/** Reads YAML text. The parser's own messages quote the file, where a secret may stand, so none of them is passed on. */
export function readDocument(text: string): SourceDocument | SyntaxMistake[] {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  if (document.errors.length > 0) {
    return firstPerLine(document.errors.map((error) => ({ line: lineAt(error.pos[0]), message: sentence(error) })));
  }
  try {
    return { data: document.toJS(), lineOf: (path) => lineAt(offsetOf(document.contents, path)) };
  } catch {
    return [{ line: 1, message: 'uses aliases (`*name`) that cannot be resolved: write the values out' }];
  }
}

function offsetOf(root: Node | null, path: Path): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    const found = stepInto(node, step);
    if (found === undefined) break;
    node = found.value;
    offset = found.offset;
  }
  return offset;
}

function stepInto(node: unknown, step: string | number): { value: unknown; offset: number } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => String(key) === String(step));
    if (pair !== undefined) return { value: pair.value, offset: startOf(pair.key) };
  }
  if (isSeq(node) && typeof step === 'number' && step in node.items) {
    return { value: node.items[step], offset: startOf(node.items[step]) };
  }
  return undefined;
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

const sentences: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'is indented with a tab: use spaces',
  DUPLICATE_KEY: 'repeats a key that stands above it: keep one of them',
  MULTIPLE_DOCS: 'starts a second document: keep everything in one, without `---` between',
  BAD_INDENT: 'is indented differently from the lines it belongs to: line them up',
  MISSING_CHAR: 'lacks a character: a quote, a bracket or the `: ` after a key',
  BLOCK_AS_IMPLICIT_KEY: 'nests a mapping where none can be: put text with `: ` in it in quotes',
  MULTILINE_IMPLICIT_KEY: 'is not a `key: value` line: put a space after the colon',
  NON_STRING_KEY: 'has a key that is not text: put it in quotes',
};

function sentence({ code }: YAMLError): string {
  return (
    sentences[code] ??
    'is not YAML: check quotes, brackets and indentation, and put text with `{`, `#` or `: ` in quotes'
  );
}

function firstPerLine(mistakes: SyntaxMistake[]): SyntaxMistake[] {
  return mistakes.filter((mistake, index) => mistakes.findIndex(({ line }) => line === mistake.line) === index);
}
