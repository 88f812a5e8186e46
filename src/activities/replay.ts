import type { Connection } from '../config/schema.ts';
import type { Store } from '../store/connect.ts';
import { noteReason, readEntry, storeEntry } from '../store/quarantine-entries.ts';
import type { Field } from '../vendors/fields.ts';
import { type IncentifyStream, incentifyFields, mappingVersion } from '../vendors/incentify/fields.ts';
import { readAgain } from '../vendors/incentify/records.ts';
import { createCleaner } from '../vendors/privacy/cleaner.ts';
import { knownStream, tableOf } from './streams.ts';

/** What became of one entry of the quarantine. The sentence holds nothing of the record. */
export interface Replayed {
  id: number;
  result: 'replayed' | 'unfit' | 'superseded' | 'resolved' | 'impossible';
  sentence: string;
}

/** How records of a stream become rows. */
export interface Mapping {
  fields: readonly Field[];
  /** Two hexadecimal digits' worth; another one makes every stored row be looked at again. */
  version: number;
}

/** The mapping that a sync uses. */
const currentMapping = (stream: IncentifyStream): Mapping => ({
  fields: incentifyFields[stream],
  version: mappingVersion,
});

/**
 * Tries a record that was put aside once more, by the very path that a sync takes: read, kept free of personal data,
 * mapped, stored. `connection` is null where the configuration does not have it any more.
 */
export async function replayEntry(
  store: Store,
  id: number,
  connection: Connection | null,
  mappingOf: (stream: IncentifyStream) => Mapping = currentMapping,
): Promise<Replayed> {
  const entry = await readEntry(store.sql, id);
  if (entry === null || entry.resolvedAt !== null) return { id, ...outcomes.resolved };
  const bytes = entry.rawText === null ? entry.rawBase64 : entry.rawText;
  if (bytes === null) return { id, ...outcomes.notKept };
  const stream = knownStream(entry.stream);
  const { fields, version } = mappingOf(stream);
  const cleaner = connection === null ? undefined : createCleaner(connection, stream);
  const record = readAgain(
    Buffer.from(bytes, entry.rawText === null ? 'base64' : 'utf8'),
    entry.hash,
    fields,
    version,
    cleaner,
  );
  if (record === null) return { id, ...outcomes.otherRules };
  if ('reason' in record) return unfit(store, id, record);
  const mapped = record.map();
  if ('reason' in mapped) return unfit(store, id, mapped);
  const stored = await storeEntry(store.sql, tableOf(stream), entry, record);
  if (typeof stored === 'string') return { id, ...outcomes[stored] };
  return unfit(store, id, { path: '', reason: stored.refused });
}

const outcomes = {
  replayed: { result: 'replayed', sentence: 'stored as a row' },
  superseded: {
    result: 'superseded',
    sentence: 'left alone: a newer version of the record has been read since; the next complete sync closes the entry',
  },
  resolved: { result: 'resolved', sentence: 'was closed already' },
  notKept: {
    result: 'impossible',
    sentence: 'its text was not kept, since it may hold personal data; the next sync reads the record anew',
  },
  otherRules: {
    result: 'impossible',
    sentence: 'was put aside under other rules for personal data; the next sync reads the record anew',
  },
} as const satisfies Record<string, Omit<Replayed, 'id'>>;

async function unfit(store: Store, id: number, why: { path: string; reason: string }): Promise<Replayed> {
  const { path, reason } = why;
  await noteReason(store.sql, id, { path, reason });
  return { id, result: 'unfit', sentence: `still does not fit: ${path === '' ? reason : `${path} ${reason}`}` };
}
