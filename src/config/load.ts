import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ConfigurationError } from '../errors.ts';
import { checkAlerts } from './alerts/check.ts';
import type { AlertSettings } from './alerts/settings.ts';
import { checkConnections } from './connections.ts';
import { type Path, readDocument } from './document.ts';
import { environmentSecrets, type Variables } from './environment.ts';
import { type Mistake, showPath } from './mistakes.ts';
import { pointsAt } from './points-at.ts';
import { type Reference, referencesIn } from './references.ts';
import type { Connection } from './schema.ts';
import { createRedactor, type SecretSources } from './secrets.ts';
import { didYouMean } from './suggest.ts';
import { warningsOf } from './warnings.ts';

export interface Config {
  /** The file as people know it: relative to where they stand if it lies below. */
  readonly file: string;
  /** True where no file was found and the sandbox is synced instead. */
  readonly demo: boolean;
  /** Absolute folder for everything that incentive-sync keeps itself. */
  readonly dataDirectory: string;
  /** In the order of the file; at least one. */
  readonly connections: readonly Connection[];
  /** Undefined where the file asks for none. */
  readonly alerts: AlertSettings | undefined;
  /** Sentences about what is allowed but probably not meant. */
  readonly warnings: readonly string[];
  /** The connection of that name; throws a ConfigurationError that lists the known ones. */
  connection(name: string): Connection;
  /** Where a connection's records come from, always the same text for the same place. */
  pointsAt(connection: Connection): string;
  /** `text` without any secret that is known by now. */
  redact(text: string): string;
}

export interface LoadOptions {
  /** `--config FILE`; without it `incentive-sync.yaml` in `cwd`, and without that the demo. */
  readonly file?: string | undefined;
  /** `--data-dir DIR`; `.incentive-sync` in `cwd` where absent. */
  readonly dataDirectory?: string | undefined;
  readonly cwd: string;
  /** Whoever starts the sandbox passes the variables that demo.yaml names on top of the environment. */
  readonly env?: Variables;
}

const defaultFile = 'incentive-sync.yaml';
const demoFile = fileURLToPath(new URL('demo.yaml', import.meta.url));

/** What can be said of a file of which parts may be wrong. */
export interface Inspected {
  /** Only with the connections that are right, which may be none. */
  readonly config: Config;
  /** By line; none where all is well. */
  readonly mistakes: readonly PlacedMistake[];
  /** Every connection of the file, right or wrong. */
  readonly names: readonly string[];
  readonly references: readonly Reference[];
}

export interface PlacedMistake {
  readonly path: Path;
  /** `FILE:LINE PATH: sentence`. */
  readonly told: string;
}

/**
 * Reads and checks the configuration. Throws one ConfigurationError with every mistake in the file, each as
 * `FILE:LINE PATH: sentence`; no secret's value is ever part of it.
 */
export function loadConfig(options: LoadOptions): Config {
  const { config, mistakes } = inspectConfig(options);
  if (mistakes.length === 0) return config;
  throw refusal(
    config.file,
    mistakes.map(({ told }) => told),
  );
}

/** The same for who wants to know all that is right as well. Throws a ConfigurationError where the file cannot be read. */
export function inspectConfig({ file, dataDirectory, cwd, env = process.env }: LoadOptions): Inspected {
  const path = file === undefined ? findFile(cwd) : resolve(cwd, file);
  const demo = path === demoFile;
  const label = demo ? 'demo.yaml' : nameFor(path, cwd);
  const redactor = createRedactor(environmentSecrets(env));
  const sources = { env, folder: dirname(path), redactor };
  if (demo) requireSandbox(env, cwd);
  const { connections, alerts, ...rest } = readFile(path, label, sources);
  const config = {
    file: label,
    demo,
    dataDirectory: dataDirectoryOf({ cwd, dataDirectory }),
    connections,
    alerts,
    warnings: connections.flatMap(warningsOf),
    connection: (name: string) => pick(connections, name, label),
    pointsAt: (connection: Connection) => pointsAt(connection, demo),
    redact: redactor.redact,
  };
  return { config, ...rest };
}

/** Where everything is kept that incentive-sync keeps itself, whatever the file says. */
export function dataDirectoryOf({ cwd, dataDirectory }: Pick<LoadOptions, 'cwd' | 'dataDirectory'>): string {
  return resolve(cwd, dataDirectory ?? '.incentive-sync');
}

function findFile(cwd: string): string {
  const path = join(cwd, defaultFile);
  if (existsSync(path)) return path;
  const other = join(cwd, 'incentive-sync.yml');
  if (existsSync(other)) {
    // Quietly syncing the demo instead of what the person wrote would be the worse answer.
    throw new ConfigurationError(
      `\`${other}\` is not read: rename it to \`${defaultFile}\`, or pass it with --config.`,
    );
  }
  return demoFile;
}

const sandboxUrls = ['INCENTIFY', 'NEODAY', 'ATOBI', 'VIBES'].map((system) => `SANDBOX_${system}_URL`);

function requireSandbox(env: Variables, cwd: string): void {
  if (sandboxUrls.every((name) => env[name])) return;
  throw new ConfigurationError(
    `There is no ${defaultFile} in \`${cwd}\`, and no sandbox is running for the demo: write one (see incentive-sync.example.yaml), pass --config FILE, or type \`npm start\`.`,
  );
}

type Written = Pick<Config, 'connections' | 'alerts'>;
type Checked = Written & { readonly mistakes: readonly Mistake[]; readonly names: readonly string[] };

function checkFile(data: unknown, label: string, sources: SecretSources): Checked {
  const checked = checkConnections(data, label, sources);
  const { connections = {}, alerts: written } = z.looseObject({}).safeParse(data).data ?? {};
  const names = Object.keys(z.looseObject({}).safeParse(connections).data ?? {});
  const { alerts, mistakes } = checkAlerts(written, label, sources, names);
  return { connections: checked.connections, alerts, mistakes: [...checked.mistakes, ...mistakes], names };
}

function readFile(path: string, label: string, sources: SecretSources): Written & Omit<Inspected, 'config'> {
  const document = readDocument(readText(path, label));
  if (Array.isArray(document)) {
    throw refusal(
      label,
      document.map(({ line, message }) => `${label}:${line} ${message}`),
    );
  }
  const { mistakes, ...written } = checkFile(document.data, label, sources);
  const sorted = mistakes
    .map(({ path: at, message }) => ({ at, line: document.lineOf(at), shown: showPath(at), message }))
    .sort((a, b) => a.line - b.line);
  return {
    ...written,
    // Not everything that stands by reference is a secret: an address must not be taken out of sentences.
    references: referencesIn(document.data, { ...sources, redactor: createRedactor() }),
    mistakes: sorted.map(({ at, line, shown, message }) => ({
      path: at,
      told: `${label}:${line} ${shown === '' ? '' : `${shown}: `}${message}`,
    })),
  };
}

function readText(path: string, label: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const what = code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : 'cannot be read';
    throw new ConfigurationError(
      `Configuration file \`${label}\` ${what}: correct the path or its permissions, or start from incentive-sync.example.yaml.`,
    );
  }
}

function refusal(label: string, mistakes: string[]): ConfigurationError {
  const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
  return new ConfigurationError([`${label} has ${count}:`, ...mistakes].join('\n'), mistakes);
}

function pick(connections: readonly Connection[], name: string, label: string): Connection {
  const found = connections.find((connection) => connection.name === name);
  if (found !== undefined) return found;
  const known = connections.map((connection) => connection.name);
  throw new ConfigurationError(
    `There is no connection \`${name}\` in ${label}${didYouMean(name, known)}; it has: ${known.join(', ')}.`,
  );
}

function nameFor(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}
