// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { z } from 'zod';
import { ConfigurationError } from '../errors.ts';
import { missing } from './mistakes.ts';
import { parseSecretReference, type SecretReference, type SecretSources } from './secrets.ts';

/** The two kinds of text in a configuration file. A system's schema is built from these. */
export interface Values {
  /** Text in which `${ENV_NAME}` stands for a variable; `error` says what the value must be. */
  text(error: string): z.ZodType<string>;
  /** A secret, allowed only as `${ENV_NAME}` or `${file:PATH}`. `key` is its key within the connection. */
  secret(key: string): z.ZodType<SecretReference>;
  /** What is no secret, but may be kept with one: plain text, `${ENV_NAME}` or `${file:PATH}`. */
  plainOrSecret(key: string, error: string): z.ZodType<SecretReference>;
}

/** For the JSON Schema: text of this pattern, or one of which a variable in it decides what it is. */
export const orVariable = (pattern: string): string => `^(${pattern}|.*\\$\\{.*)$`;

const reference = '^\\s*\\$\\{(file:[^}]+|[A-Za-z_][A-Za-z0-9_]*)\\}\\s*$';

/** `where` begins the secret's later errors, like `incentive-sync.yaml connections.portfolio`. */
export function createValues(where: string, sources: SecretSources): Values {
  return {
    text: (error) => z.string({ error: missingOr(error) }).transform((text, context) => expand(text, context, sources)),
    secret: (key) =>
      z
        .string({ error: missingOr(literalSecret) })
        .transform((text, context) => referenced(text, `${where}.${key}`, context, sources))
        .meta({ pattern: reference }),
    plainOrSecret: (key, error) =>
      z
        .string({ error: missingOr(error) })
        .transform((text, context) =>
          text.includes('${') ? referenced(text, `${where}.${key}`, context, sources) : plain(text, error, context),
        ),
  };
}

/** An `error` for zod: one sentence for an absent value, `sentence` for a wrong one. */
export function missingOr(sentence: string): (issue: { input?: unknown }) => string {
  return ({ input }) => (input === undefined || input === null ? `${missing}: it ${sentence}` : sentence);
}

const literalSecret =
  'must be a reference, `${ENV_NAME}` or `${file:PATH}`: move the secret there and name the place here';

type Context = z.core.$RefinementCtx<string>;

function expand(text: string, context: Context, { env }: SecretSources): string {
  const complain = (message: string) => context.addIssue({ code: 'custom', message });
  const unset = new Set<string>();
  const expanded = text.replaceAll(/\$\{([^}]*)\}?/g, (whole, name: string) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || !whole.endsWith('}')) {
      complain('holds a `${…}` without the name of an environment variable in it: write `${ENV_NAME}`');
    } else if (env[name] === undefined || env[name] === '') unset.add(name);
    return env[name] ?? '';
  });
  for (const name of unset) complain(`environment variable \`${name}\` is not set: set it before starting`);
  return expanded;
}

function referenced(text: string, where: string, context: Context, sources: SecretSources): SecretReference {
  const secret = parseSecretReference(text.trim(), where, sources);
  const problem = secret === undefined ? literalSecret : problemOf(secret);
  if (secret !== undefined && problem === undefined) return secret;
  context.addIssue({ code: 'custom', message: problem ?? literalSecret });
  return z.NEVER;
}

/** Read by the same means as a secret, so that who uses it need not care. */
function plain(text: string, error: string, context: Context): SecretReference {
  const value = text.trim();
  if (/^[\x21-\x7e]+$/.test(value)) return { reference: value, resolve: () => value };
  context.addIssue({ code: 'custom', message: error });
  return z.NEVER;
}

function problemOf(secret: SecretReference): string | undefined {
  try {
    secret.resolve();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes[0];
    throw error;
  }
}
