import { ConfigurationError } from '../errors.ts';
import type { Path } from './document.ts';
import { parseSecretReference, type SecretSources } from './secrets.ts';

/** A value that stands in the file only by reference, and whether it is there. */
export interface Reference {
  readonly path: Path;
  /** As written: `${NAME}` or `${file:PATH}`. */
  readonly reference: string;
  /** Why it cannot be used, without its value; null where it can. */
  readonly problem: string | null;
}

/** Every reference in the file's data, each tried, in the order of the file; also in settings that are otherwise wrong. */
export function referencesIn(data: unknown, sources: SecretSources, path: Path = []): Reference[] {
  if (typeof data === 'string') return referenceAt(data, path, sources);
  if (typeof data !== 'object' || data === null) return [];
  const steps = Array.isArray(data) ? [...data.entries()] : Object.entries(data);
  return steps.flatMap(([step, value]) => referencesIn(value, sources, [...path, step]));
}

function referenceAt(text: string, path: Path, sources: SecretSources): Reference[] {
  const secret = parseSecretReference(text.trim(), 'the file', sources);
  if (secret === undefined) return [];
  try {
    secret.resolve();
    return [{ path, reference: secret.reference, problem: null }];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [{ path, reference: secret.reference, problem: error.mistakes[0] ?? error.message }];
  }
}
