import { ConfigurationError } from '../errors.ts';
import { type RecordTable, recordTables } from '../store/tables.ts';
import { type IncentifyStream, incentifyFields } from '../vendors/incentify/fields.ts';

/** @throws ConfigurationError for a name that is no stream. */
export function knownStream(stream: string): IncentifyStream {
  if (isStream(stream)) return stream;
  throw new ConfigurationError(
    `There is no stream \`${stream}\`; there are ${Object.keys(incentifyFields).join(', ')}.`,
  );
}

function isStream(stream: string): stream is IncentifyStream {
  return Object.hasOwn(incentifyFields, stream);
}

/** @throws ConfigurationError for a name that is no stream. */
export function tableOf(stream: string): RecordTable {
  return recordTables.incentify[knownStream(stream)];
}
