import { z } from 'zod';
import {
  type Documented,
  documentedPaths,
  excludeProblem,
  hashProblem,
  isUndocumented,
} from '../vendors/privacy/documented.ts';
import { type PrivatePath, parsePath } from '../vendors/privacy/path.ts';
import type { SecretReference } from './secrets.ts';
import { didYouMean } from './suggest.ts';
import type { Values } from './values.ts';

const listError = { error: 'must be a list of paths in the vendor’s names, like [created_by.email]' };
const pathError =
  'is no path: write names joined by dots, like created_by.email or projects/custom_data_points[].value';
const shortestKey = 16;

/** Keys of a connection that keep personal data out. */
export function privacyKeys(values: Values) {
  const path = z.string({ error: pathError }).transform((text, context) => {
    const parsed = parsePath(text);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: pathError });
    return z.NEVER;
  });
  const paths = z.array(path, listError).default([]);
  return { exclude: paths, hash: paths, hashKey: values.secret('hashKey').optional() };
}

export interface PrivateParts {
  readonly exclude: readonly PrivatePath[];
  readonly hash: readonly PrivatePath[];
  readonly hashKey?: SecretReference | undefined;
}

/** What is wrong with the paths, given what the vendor documents, and with the key. */
export function privacyMistakes(
  { exclude, hash, hashKey }: PrivateParts,
  documented: Documented,
  context: z.core.$RefinementCtx<unknown>,
): void {
  const complain = (path: (string | number)[], message: string | undefined) => {
    if (message !== undefined) context.addIssue({ code: 'custom', path, message });
  };
  // A path that a system's schema added stands behind those in the file, and says what its origin says.
  const wasWritten = ({ written }: PrivatePath, index: number, all: readonly PrivatePath[]) =>
    all.findIndex((other) => other.written === written) === index;
  exclude.forEach((path, index, all) => {
    if (wasWritten(path, index, all)) complain(['exclude', index], excludeProblem(path, documented));
  });
  hash.forEach((path, index, all) => {
    if (wasWritten(path, index, all)) complain(['hash', index], hashProblem(path, documented));
  });
  complain(['hashKey'], keyProblem(hash, hashKey));
}

/** With a short key, whoever has the rows could find out names and addresses by trying. */
function keyProblem(hash: readonly PrivatePath[], hashKey: SecretReference | undefined): string | undefined {
  if (hash.length === 0) return undefined;
  if (hashKey === undefined) return 'is missing: `hash` needs a secret of your own, by reference';
  if (hashKey.resolve().length >= shortestKey) return undefined;
  return `is too short: use at least ${shortestKey} characters, for example from \`openssl rand -hex 32\``;
}

/** Sentences about paths that name nothing documented: they are heeded, but are probably typing mistakes. */
export function privacyWarnings(
  { exclude, hash }: PrivateParts,
  documented: Documented,
  { name, streams }: { name: string; streams: readonly string[] },
): string[] {
  const known = documentedPaths(documented, streams);
  return [...exclude, ...hash]
    .filter((path) => isUndocumented(path, documented, streams))
    .map(
      (path) =>
        `${name}: \`${path.written}\` names no field that is documented for ${path.stream ?? streams.join(', ')}${didYouMean(path.names.join('.'), known)}. It is heeded all the same, should the vendor send one.`,
    );
}
