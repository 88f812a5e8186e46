import { ConfigurationError } from '../errors.ts';
import { type RecordTable, recordTables } from '../store/tables.ts';
import type { Field } from '../vendors/fields.ts';
import { type IncentifyStream, incentifyFields, mappingVersion } from '../vendors/incentify/fields.ts';
import { vibesFields, mappingVersion as vibesMappingVersion } from '../vendors/vibes/fields.ts';

/** Where a stream's records become rows, and how. */
export interface RecordStream {
  table: RecordTable;
  fields: readonly Field[];
  /** Two hexadecimal digits' worth; another one makes every stored row be looked at again. */
  version: number;
}

/** Streams of records, of all systems that have such: no two have one of the same name. */
const streams: Readonly<Record<string, RecordStream>> = {
  ...Object.fromEntries(incentifyStreams().map((stream) => [stream, incentifyStream(stream)])),
  pools: { table: recordTables.vibes.pools, fields: vibesFields.pools, version: vibesMappingVersion },
};

function incentifyStreams(): IncentifyStream[] {
  return Object.keys(incentifyFields).filter(isIncentifyStream);
}

function incentifyStream(stream: IncentifyStream): RecordStream {
  return { table: recordTables.incentify[stream], fields: incentifyFields[stream], version: mappingVersion };
}

/** @throws ConfigurationError for a name that is no stream of Incentify. */
export function knownStream(stream: string): IncentifyStream {
  if (isIncentifyStream(stream)) return stream;
  throw noStream(stream, incentifyStreams());
}

function isIncentifyStream(stream: string): stream is IncentifyStream {
  return Object.hasOwn(incentifyFields, stream);
}

/** @throws ConfigurationError for a name that is no stream of records. */
export function recordStream(stream: string): RecordStream {
  const known = Object.hasOwn(streams, stream) ? streams[stream] : undefined;
  if (known !== undefined) return known;
  throw noStream(stream, Object.keys(streams));
}

/** @throws ConfigurationError for a name that is no stream of records. */
export const tableOf = (stream: string): RecordTable => recordStream(stream).table;

const noStream = (stream: string, known: readonly string[]): ConfigurationError =>
  new ConfigurationError(`There is no stream \`${stream}\`; there are ${known.join(', ')}.`);
