import type { Connection } from '../config/schema.ts';
import { sendAsideAgain } from '../store/atobi/replay.ts';
import type { Store } from '../store/connect.ts';
import { type KeptEntry, noteReasons, readEntry, type Stored, storeEntry } from '../store/quarantine-entries.ts';
import { type Cleaner, createCleaner } from '../vendors/privacy/cleaner.ts';
import { readAgain } from '../vendors/records.ts';
import { type AsideEntry, type ReplayedRow, type Replaying, replayRows } from './replay-rows.ts';
import { type RecordStream, recordStream } from './streams.ts';

/** What became of one entry of the quarantine. The sentence holds nothing of the record. */
export interface Replayed {
  id: number;
  result: 'replayed' | 'present' | 'unfit' | 'superseded' | 'resolved' | 'impossible';
  sentence: string;
}

/** How records of a stream become rows. */
export type Mapping = Pick<RecordStream, 'fields' | 'version'>;

/**
 * Tries a record that was put aside once more, by the very path that a sync takes: read, kept free of personal data,
 * mapped, stored. `connection` is null where the configuration does not have it any more.
 */
export async function replayEntry(
  store: Store,
  id: number,
  connection: Connection | null,
  mappingOf: (stream: string) => Mapping = recordStream,
): Promise<Replayed> {
  const entry = await readEntry(store.sql, id);
  const [replayed] = entry === null ? [] : await replayEntries(store, [entry], { connection }, mappingOf);
  return replayed ?? { id, ...outcomes.resolved };
}

/**
 * The same with entries of one connection and stream that were just read: rows of files in one transaction, records of
 * pages one by one. What came of them is in their order.
 */
export async function replayEntries(
  store: Store,
  entries: readonly KeptEntry[],
  replaying: Replaying,
  mappingOf: (stream: string) => Mapping = recordStream,
): Promise<Replayed[]> {
  const came = new Map<number, Replayed>();
  const rows: AsideEntry[] = [];
  for (const entry of entries) {
    replaying.signal?.throwIfAborted();
    const bytes = keptBytes(entry);
    if (isRow(entry, replaying) && bytes !== null) rows.push({ entry, bytes });
    else came.set(entry.id, await replayAlone(store, entry, bytes, replaying, mappingOf));
  }
  const stored = await replayRows(store.sql, rows, replaying);
  for (const { entry } of rows) came.set(entry.id, rowOutcome(entry, stored.get(entry.id)));
  return entries.map(({ id }) => came.get(id) ?? { id, ...outcomes.resolved });
}

/** Entries by connection and stream, in their order. */
export function byStream(entries: readonly KeptEntry[]): KeptEntry[][] {
  return [...Map.groupBy(entries, ({ connection, stream }) => JSON.stringify([connection, stream])).values()];
}

function isRow({ resultId, resolvedAt }: KeptEntry, { connection }: Replaying): boolean {
  return resultId !== null && resolvedAt === null && connection?.system !== 'atobi';
}

async function replayAlone(
  store: Store,
  entry: KeptEntry,
  bytes: Buffer | null,
  { connection }: Replaying,
  mappingOf: (stream: string) => Mapping,
): Promise<Replayed> {
  if (entry.resolvedAt !== null) return { id: entry.id, ...outcomes.resolved };
  if (connection?.system === 'atobi') return replayElement(store, entry);
  if (bytes === null) return impossible(entry, notKept);
  const cleaner = connection === null ? undefined : createCleaner(connection, entry.stream);
  return replayRecord(store, entry, bytes, { ...mappingOf(entry.stream), cleaner });
}

function rowOutcome(entry: KeptEntry, came: ReplayedRow = 'resolved'): Replayed {
  if (came === 'otherRules') return impossible(entry, otherRules);
  if (typeof came === 'string') return { id: entry.id, ...outcomes[came] };
  return 'refused' in came ? unfit(entry, { path: '', reason: came.refused }) : unfit(entry, came);
}

async function replayRecord(
  store: Store,
  entry: KeptEntry,
  bytes: Buffer,
  { fields, version, cleaner }: Mapping & { cleaner: Cleaner | undefined },
): Promise<Replayed> {
  const record = readAgain(bytes, entry.hash, fields, version, cleaner);
  if (record === null) return impossible(entry, otherRules);
  if ('reason' in record) return outcomeOf(store, entry, record, version);
  const mapped = record.map();
  if ('reason' in mapped) return outcomeOf(store, entry, mapped, version);
  const { table } = recordStream(entry.stream);
  return outcomeOf(store, entry, await storeEntry(store.sql, table, entry, record), version);
}

/** What was refused is offered again; what never became an element is read again by every push. */
async function replayElement({ sql }: Store, entry: KeptEntry): Promise<Replayed> {
  const { id, connection } = entry;
  if (await sendAsideAgain(sql, entry)) {
    return { id, result: 'replayed', sentence: `goes again with the next push: incentive-sync kpi push ${connection}` };
  }
  return { id, result: 'impossible', sentence: 'its source is read by every push: correct it there' };
}

function keptBytes({ rawText, rawBase64 }: KeptEntry): Buffer | null {
  if (rawText !== null) return Buffer.from(rawText);
  return rawBase64 === null ? null : Buffer.from(rawBase64, 'base64');
}

async function outcomeOf(
  { sql }: Store,
  entry: KeptEntry,
  came: Stored | { path: string; reason: string },
  version: number,
): Promise<Replayed> {
  const { id } = entry;
  if (typeof came === 'string') return { id, ...outcomes[came] };
  const { path, reason } = 'refused' in came ? { path: '', reason: came.refused } : came;
  await noteReasons(sql, [{ id, path, reason }], version);
  return unfit(entry, { path, reason });
}

function unfit({ id }: KeptEntry, { path, reason }: { path: string; reason: string }): Replayed {
  return { id, result: 'unfit', sentence: `still does not fit: ${path === '' ? reason : `${path} ${reason}`}` };
}

const outcomes = {
  replayed: { result: 'replayed', sentence: 'stored as a row' },
  present: { result: 'present', sentence: 'an equal row was there already, so none was added' },
  unloaded: {
    result: 'impossible',
    sentence: 'its file is not loaded whole: the run that loads it meets the row again',
  },
  superseded: {
    result: 'superseded',
    sentence: 'left alone: a newer version of the record has been read since; the next complete sync closes the entry',
  },
  resolved: { result: 'resolved', sentence: 'was closed already' },
} as const satisfies Record<string, Omit<Replayed, 'id'>>;

const notKept = 'its text was not kept, since it may hold personal data';
const otherRules = 'was put aside under other rules for personal data';

/** Files are read once, records of pages by each sync. */
function impossible({ id, connection, stream, resultId }: KeptEntry, why: string): Replayed {
  const anew =
    resultId === null
      ? 'the next sync reads the record anew'
      : `\`incentive-sync resync ${connection} --stream ${stream}\` reads its file anew, where NeoDay still has it`;
  return { id, result: 'impossible', sentence: `${why}; ${anew}` };
}
