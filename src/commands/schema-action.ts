import { readFileSync, writeFileSync } from 'node:fs';
import { configurationSchema } from '../config/json-schema.ts';
import type { SchemaOptions } from './schema.ts';
import { CommandError, printJson } from './shared.ts';

/** The schema is made anew each time, so that it is the one of this version. */
export async function printSchema({ output }: SchemaOptions): Promise<void> {
  const docs = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const text = JSON.stringify(configurationSchema(docs), null, 2);
  if (output === undefined) return printJson(text);
  try {
    writeFileSync(output, `${text}\n`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CommandError(`\`${output}\` cannot be written (${code}): choose a folder that is there and is yours.`);
  }
}
