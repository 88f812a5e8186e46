import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import type { Variables } from './environment.ts';

/**
 * A secret by name. `resolve` reads the variable or file anew at each call, so that a rotated key is used without a
 * restart, and throws a ConfigurationError that names the reference, never the value. Printing or serialising a
 * reference shows only the reference.
 */
export interface SecretReference {
  /** As written in the file: `${NAME}` or `${file:PATH}`. */
  readonly reference: string;
  resolve(): string;
}

/** Remembers every secret value that was resolved, so that logs can be cleaned of them. */
export interface Redactor {
  learn(value: string): void;
  /** `text` with each known secret, also in its JSON and URL spellings, replaced by `[secret]`. */
  redact(text: string): string;
}

export interface SecretSources {
  readonly env: Variables;
  /** Folder that relative secret files are looked up in: the configuration file's. */
  readonly folder: string;
  readonly redactor: Redactor;
}

const variablePattern = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const filePattern = /^\$\{file:([^}]+)\}$/;

/** The reference written in `text`, or undefined where `text` is something else (a literal secret, say). */
export function parseSecretReference(text: string, where: string, sources: SecretSources): SecretReference | undefined {
  const read = reader(text, sources);
  if (read === undefined) return undefined;
  return new Secret(text, () => usable(read(), text, where, sources.redactor));
}

export function createRedactor(known: readonly string[] = []): Redactor {
  const spellings = new Set<string>();
  const learn = (value: string) => {
    if (value === '') return;
    for (const spelling of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]) {
      spellings.add(spelling);
    }
  };
  known.forEach(learn);
  return { learn, redact: (text) => replaceAll(text, spellings) };
}

class Secret implements SecretReference {
  readonly reference: string;
  readonly #read: () => string;
  constructor(reference: string, read: () => string) {
    this.reference = reference;
    this.#read = read;
  }
  resolve(): string {
    return this.#read();
  }
}

/** `value` on success, else what is wrong with the source, in words. */
type Reading = { value: string } | { problem: string };

function reader(text: string, { env, folder }: SecretSources): (() => Reading) | undefined {
  const variable = variablePattern.exec(text)?.[1];
  if (variable !== undefined) return () => readVariable(env, variable);
  const path = filePattern.exec(text)?.[1]?.trim();
  if (path) return () => readFile(resolve(folder, path));
  return undefined;
}

function readVariable(env: Variables, name: string): Reading {
  const value = env[name];
  if (value === undefined) return { problem: `environment variable \`${name}\` is not set: set it before starting` };
  return { value };
}

function readFile(path: string): Reading {
  try {
    return { value: readFileSync(path, 'utf8') };
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    return { problem: `secret file \`${path}\` ${why}: create it, or correct the path or its permissions` };
  }
}

function usable(reading: Reading, reference: string, where: string, redactor: Redactor): string {
  if ('problem' in reading) throw new ConfigurationError(`${where}: ${reading.problem}`, [reading.problem]);
  const value = reading.value.replace(/\r?\n$/, '');
  redactor.learn(value);
  const problem = valueProblem(value, reference);
  if (problem !== undefined) throw new ConfigurationError(`${where}: ${problem}`, [problem]);
  return value;
}

function valueProblem(value: string, reference: string): string | undefined {
  if (value.trim() === '') return `\`${reference}\` is empty: put the secret there`;
  // A header cannot carry these; the HTTP client would name them only by position.
  if (/[^\x20-\x7e]/.test(value)) {
    return `\`${reference}\` holds a line break or another character that a header cannot carry: store the bare secret`;
  }
  return undefined;
}

function replaceAll(text: string, spellings: ReadonlySet<string>): string {
  // Longest first: a secret that begins with another one must not be left half readable.
  const ordered = [...spellings].sort((a, b) => b.length - a.length);
  return ordered.reduce((cleaned, spelling) => cleaned.replaceAll(spelling, '[secret]'), text);
}
