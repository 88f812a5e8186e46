import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { SourceFile } from './files.ts';

export interface Import {
  /** A path in the repository for relative imports, else the specifier as written. */
  readonly target: string;
  /** Vanishes when types are stripped. */
  readonly typeOnly: boolean;
}

/** Target of an import whose name only shows at run time. */
export const computed = '(computed)';

/** Everything that a file imports, re-exports or imports dynamically, each once; throws where it cannot be parsed. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const { module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const imports = module.staticImports.map(({ moduleRequest, entries }) => ({
    target: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }));
  const exports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [{ target: moduleRequest.value, typeOnly: isType }] : [],
    ),
  );
  const dynamic = module.dynamicImports.map(({ moduleRequest }) => ({
    target: literal(text.slice(moduleRequest.start, moduleRequest.end)),
    typeOnly: false,
  }));
  // The parser lists `import('./x.ts')` only where it is a value, not where it is a type.
  const mentioned = [...text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)]
    .map(([, target = '']) => ({ target, typeOnly: true }))
    .filter(({ target }) => !dynamic.some((one) => one.target === target));
  return [...imports, ...exports, ...dynamic, ...mentioned].map((one) => ({
    ...one,
    target: resolve(path, one.target),
  }));
}

/** The text with its comments blanked out. */
export function withoutComments({ path, text }: SourceFile): string {
  const { comments } = parseSync(path, text);
  return comments.reduce(
    (rest, { start, end }) => rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end),
    text,
  );
}

function literal(written: string): string {
  return /^(['"`])([^$]*)\1$/.exec(written)?.[2] ?? computed;
}

function resolve(from: string, target: string): string {
  return target.startsWith('.') ? posix.join(posix.dirname(from), target) : target;
}
