import { ConfigurationError } from '../errors.ts';

/** Environment variables as Node hands them over. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What incentive-sync takes from the environment besides the references in the configuration file. */
export interface Environment {
  /** Where the data goes, instead of the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** Used for migrations where `databaseUrl` points at a transaction-mode pooler. */
  readonly databaseDirectUrl: string | undefined;
  /** A role that may only SELECT, for the queries of KPIs, instead of one that is made for them. */
  readonly databaseQueryUrl: string | undefined;
  /** `host:port` of a Temporal server, instead of the embedded one. */
  readonly temporalAddress: string | undefined;
  readonly temporalNamespace: string | undefined;
  /** Path of a `temporal` binary, instead of one that is found or obtained. */
  readonly temporalCli: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly httpProxy: string | undefined;
  /** Hosts reached without the proxy, comma separated. */
  readonly noProxy: string | undefined;
  /** PEM file of further certificate authorities. */
  readonly extraCaCerts: string | undefined;
  readonly noColor: boolean;
  /** FORCE_COLOR: true for colours everywhere, false (`0` or `false`) for none; undefined where it is not set. */
  readonly forceColor: boolean | undefined;
  /** TERM says that the terminal knows no control sequences. */
  readonly dumbTerminal: boolean;
  readonly ci: boolean;
}

/**
 * Reads the environment once, as typed values; an empty variable counts as absent.
 * Throws a ConfigurationError that names each wrong variable and never shows its value (URLs carry passwords).
 */
export function readEnvironment(env: Variables = process.env): Environment {
  const environment: Environment = {
    databaseUrl: present(env, 'DATABASE_URL'),
    databaseDirectUrl: present(env, 'DATABASE_DIRECT_URL'),
    databaseQueryUrl: present(env, 'DATABASE_QUERY_URL'),
    temporalAddress: present(env, 'TEMPORAL_ADDRESS'),
    temporalNamespace: present(env, 'TEMPORAL_NAMESPACE'),
    temporalCli: present(env, 'TEMPORAL_CLI'),
    // Lower case first, as curl does: there a web server may set HTTP_PROXY from a request header.
    httpsProxy: present(env, 'https_proxy', 'HTTPS_PROXY'),
    httpProxy: present(env, 'http_proxy', 'HTTP_PROXY'),
    noProxy: present(env, 'no_proxy', 'NO_PROXY'),
    extraCaCerts: present(env, 'NODE_EXTRA_CA_CERTS'),
    noColor: present(env, 'NO_COLOR') !== undefined,
    forceColor: forcedColor(present(env, 'FORCE_COLOR')),
    dumbTerminal: env.TERM === 'dumb',
    ci: (present(env, 'CI') ?? 'false').toLowerCase() !== 'false',
  };
  refuse([
    ...urlMistakes('DATABASE_URL', environment.databaseUrl, postgresScheme),
    ...urlMistakes('DATABASE_DIRECT_URL', environment.databaseDirectUrl, postgresScheme),
    ...urlMistakes('DATABASE_QUERY_URL', environment.databaseQueryUrl, postgresScheme),
    ...urlMistakes('HTTPS_PROXY', environment.httpsProxy, httpScheme),
    ...urlMistakes('HTTP_PROXY', environment.httpProxy, httpScheme),
    ...addressMistakes(environment.temporalAddress),
  ]);
  return environment;
}

/** This process's environment with `extra` on top: what a child process is to be started with. */
export function childEnvironment(extra: Variables = {}): Record<string, string> {
  const merged = Object.entries({ ...process.env, ...extra });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Passwords and keys in the environment's own variables, so that logs can be cleaned of them. */
export function environmentSecrets(env: Variables): string[] {
  const databases = ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_QUERY_URL'];
  const urls = [...databases, 'https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
  const passwords = urls.map((name) => passwordOf(env[name] ?? ''));
  return [...passwords, env.TEMPORAL_API_KEY ?? ''].filter((value) => value !== '');
}

function forcedColor(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : value !== '0' && value.toLowerCase() !== 'false';
}

const postgresScheme = { pattern: /^postgres(ql)?:\/\/\S+$/, example: 'postgres://user:password@host:5432/database' };
const httpScheme = { pattern: /^https?:\/\/\S+$/, example: 'http://proxy.example.com:3128' };

function present(env: Variables, ...names: string[]): string | undefined {
  return names.map((name) => env[name]?.trim()).find((value) => value !== undefined && value !== '');
}

function urlMistakes(name: string, value: string | undefined, scheme: typeof httpScheme): string[] {
  if (value === undefined || scheme.pattern.test(value)) return [];
  return [`environment variable \`${name}\` is not a URL it can use: write it like \`${scheme.example}\`, or unset it`];
}

function addressMistakes(address: string | undefined): string[] {
  if (address === undefined || /^[^\s/@]+:\d{1,5}$/.test(address)) return [];
  return ['environment variable `TEMPORAL_ADDRESS` must be `host:port` without a scheme, like `localhost:7233`'];
}

/** Decoded; empty where the URL has none. */
export function passwordOf(url: string): string {
  const written = /^[a-z]+:\/\/[^:@/]*:([^@]*)@/i.exec(url)?.[1] ?? '';
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

function refuse(mistakes: string[]): void {
  if (mistakes.length > 0) throw new ConfigurationError(mistakes.join('\n'), mistakes);
}
