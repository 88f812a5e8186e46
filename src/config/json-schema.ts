import { parse } from 'yaml';
import { z } from 'zod';
import { channelSchema } from './alerts/channels.ts';
import { alertsSchema, channelName } from './alerts/check.ts';
import { connectionName, connectionSchema } from './schema.ts';
import { createRedactor } from './secrets.ts';
import { createValues } from './values.ts';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { [key: string]: unknown };

/**
 * The JSON Schema (draft 7) of incentive-sync.yaml, by which editors complete and check it. It is made of the schemas that
 * the file is checked with; what each key is and its default come from `docs`, the text of docs/configuration.md. What a
 * schema cannot say (a path that the vendor does not document, a variable that is not set) is left to the program.
 */
export function configurationSchema(docs: string): JsonSchema {
  const values = createValues('incentive-sync.yaml', { env: {}, folder: '/', redactor: createRedactor() });
  const channels = z.record(z.string().regex(channelName), channelSchema(values)).meta({ minProperties: 1 });
  const file = z.strictObject({
    connections: z.record(z.string().regex(connectionName), connectionSchema(values)).meta({ minProperties: 1 }),
    alerts: alertsSchema(channels, { connections: [], channels: [] }).optional(),
  });
  const schema: JsonSchema = z.toJSONSchema(file, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  describe(schema, docs);
  return { ...schema, title: 'incentive-sync.yaml' };
}

/** Takes the sentences and defaults of the docs' tables to the keys that they are about. */
function describe(schema: JsonSchema, docs: string): void {
  const { connections = {}, alerts = {} } = propertiesOf(schema);
  connections.description = 'One entry per account at a vendor, under a name of yours.';
  alerts.description = 'Who is told when something is wrong, and when it is well again.';
  for (const connection of variantsOf(partOf(connections, 'additionalProperties'))) {
    const keys = propertiesOf(connection);
    describeKeys(connection, tableBelow(docs, `\`system: ${keys.system?.const}\``));
    needHashKey(connection);
    for (const key of ['schedule', 'kpis', 'pools']) {
      const nested = keys[key] ?? {};
      describeKeys(nested.items === undefined ? nested : partOf(nested, 'items'), tableBelow(docs, `\`${key}\``));
    }
  }
  describeKeys(alerts, tableBelow(docs, '`alerts`'));
  const { channels = {}, rules = {} } = propertiesOf(alerts);
  for (const channel of variantsOf(partOf(channels, 'additionalProperties'))) {
    describeKeys(channel, tableBelow(docs, `\`type: ${propertiesOf(channel).type?.const}\``));
  }
  for (const rule of variantsOf(partOf(rules, 'items'))) describeKeys(rule, tableBelow(docs, '`rules`'));
}

interface Described {
  what: string;
  standard: string;
}

/** Rows of the table below a heading, by key. */
function tableBelow(docs: string, heading: string): Map<string, Described> {
  const section = docs.split(/^#+ /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = section.matchAll(/^\| `(\w+)` *\|(.*)\|(.*)\|$/gm);
  return new Map([...rows].map(([, key = '', what = '', standard = '']) => [key, plain(what, standard)]));
}

function plain(what: string, standard: string): Described {
  const withoutLinks = what.replace(/\(?\[([^\]]*)\]\([^)]*\)\)?/g, '').replace(/ \(see below\)/g, '');
  return { what: withoutLinks.replace(/ +/g, ' ').trim(), standard: standard.trim() };
}

function describeKeys(object: JsonSchema, table: ReadonlyMap<string, Described>): void {
  for (const [key, property] of Object.entries(propertiesOf(object))) {
    const { what, standard } = table.get(key) ?? { what: '', standard: '' };
    const value = /^`([^`]+)`$/.exec(standard)?.[1];
    if (what !== '') property.description = `${what}${value === undefined ? inWords(standard) : ''}`;
    if (value !== undefined && property.enum === undefined) property.default = parse(value);
  }
}

function inWords(standard: string): string {
  if (['', 'none', 'required'].includes(standard)) return '';
  return standard.startsWith('required') ? ` (${standard})` : ` (default: ${standard})`;
}

/** What is hashed needs a key. */
function needHashKey(connection: JsonSchema): void {
  if (propertiesOf(connection).hashKey === undefined) return;
  connection.if = { required: ['hash'], properties: { hash: { minItems: 1 } } };
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  connection.then = { required: ['hashKey'] };
}

const parts = z.record(z.string(), z.looseObject({}));

/** Changing what this gives changes the schema. */
function propertiesOf({ properties = {} }: JsonSchema): Record<string, JsonSchema> {
  return isParts(properties) ? properties : {};
}

function isParts(value: unknown): value is Record<string, JsonSchema> {
  return parts.safeParse(value).success;
}

function partOf(schema: JsonSchema, key: string): JsonSchema {
  return propertiesOf({ properties: { [key]: schema[key] } })[key] ?? {};
}

function variantsOf({ oneOf, anyOf }: JsonSchema): JsonSchema[] {
  const variants = oneOf ?? anyOf ?? [];
  return areSchemas(variants) ? variants : [];
}

function areSchemas(value: unknown): value is JsonSchema[] {
  return z.array(z.looseObject({})).safeParse(value).success;
}
