import { type Replayed, replayEntry } from '../activities/replay.ts';
import type { Config } from '../config/load.ts';
import { ConfigurationError } from '../errors.ts';
import { count, moment, printable } from '../screen/format.ts';
import { paint, type Screen } from '../screen/screen.ts';
import { createSteps } from '../screen/steps.ts';
import type { Store } from '../store/connect.ts';
import {
  countEntries,
  dropEntries,
  type EntryFilter,
  type KeptEntry,
  listEntries,
  type QuarantineEntry,
  readEntry,
} from '../store/quarantine-entries.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { confirm } from './confirm.ts';
import type { DropOptions, EntryOptions, ListOptions } from './quarantine.ts';
import { findServers, openDatabase } from './reach.ts';
import { type CommonOptions, exitCodes, leave, printJson } from './shared.ts';

/** Everything but what the records hold. */
export async function listQuarantine(options: ListOptions, screen: Screen): Promise<void> {
  const { connection, stream, system, all, limit } = options;
  const filter = { connection, stream, system, all };
  const { entries, total } = await withStore(options, async ({ store }) => ({
    entries: await listEntries(store.sql, filter, limit),
    total: await countEntries(store.sql, filter),
  }));
  for (const entry of entries) for (const line of entryLines(entry, screen)) screen.line(line);
  screen.line(total === 0 ? 'Nothing is put aside.' : `${count(entries.length)} of ${count(total)} shown.`);
  if (options.json) await printJson(JSON.stringify({ quarantine: entries, total }));
  await leave(exitCodes.ok);
}

function entryLines(entry: QuarantineEntry, screen: Screen): string[] {
  const { id, connection, stream, lastSeenAt, resolvedAt, resolution } = entry;
  const seen = `last seen ${moment(new Date(lastSeenAt))}`;
  return [
    `${paint(screen, 'bold', String(id))}  ${connection} / ${printable(`${stream}, ${placeOf(entry, seen)}`)}`,
    `    ${printable(whyOf(entry))}`,
    ...(resolvedAt === null ? [] : [`    closed ${moment(new Date(resolvedAt))}: ${resolution ?? ''}`]),
  ];
}

function placeOf({ recordId, page, resultId, rowNumber, times }: QuarantineEntry, seen: string): string {
  const often = times > 1 ? `, ${count(times)} times in its file` : '';
  if (resultId !== null) return `row ${count(rowNumber ?? 0)} of result ${resultId}${often}, ${seen}`;
  return `${recordId === null ? 'a record without an id' : `record ${recordId}`}, ${seen} on page ${page}`;
}

function whyOf({ path, reason }: Pick<QuarantineEntry, 'path' | 'reason'>): string {
  return path === '' ? reason : `${path} ${reason}`;
}

/** The one command that prints a record. */
export async function showEntry(id: number, options: CommonOptions, screen: Screen): Promise<void> {
  const entry = await withStore(options, async ({ store }) => known(await readEntry(store.sql, id), id));
  for (const line of entryLines(entry, screen)) screen.line(line);
  if (entry.rawText === null) screen.line(`    ${textInWords(entry)}`);
  await printJson(options.json ? JSON.stringify({ entry }) : (entry.rawText ?? entry.rawBase64 ?? ''));
  await leave(exitCodes.ok);
}

function textInWords({ rawBase64 }: KeptEntry): string {
  return rawBase64 === null
    ? 'its text was not kept, since it may hold personal data'
    : 'a PostgreSQL text cannot hold it; printed are its bytes in base64';
}

/** Exit code 3 where an entry is left that could not be stored. */
export async function replayQuarantine(ids: number[], options: EntryOptions, screen: Screen): Promise<void> {
  const filter = chosen(ids, options, 'replay');
  const signal = closingSignal({ withParent: false });
  const results = await withStore(options, ({ config, store }) => {
    const steps = createSteps(screen);
    return steps.run(
      'Trying the records again',
      (step) => replayAll(store, config, filter, signal, step.say),
      (all) => `${count(all.filter(({ result }) => result === 'replayed').length)} of ${count(all.length)} stored`,
    );
  });
  for (const { id, sentence } of results) screen.line(`${id}  ${printable(sentence)}`);
  if (options.json) await printJson(JSON.stringify({ replayed: results }));
  const left = results.some(({ result }) => result === 'unfit' || result === 'superseded' || result === 'impossible');
  await leave(left ? partial : exitCodes.ok);
}

const partial = 3;

async function replayAll(
  store: Store,
  config: Config,
  filter: EntryFilter,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Replayed[]> {
  const entries = await meant(store, filter);
  const results: Replayed[] = [];
  for (const { id, connection: name } of entries) {
    signal.throwIfAborted();
    say(`Trying the records again: ${count(results.length)} of ${count(entries.length)}`);
    const connection = config.connections.find((configured) => configured.name === name) ?? null;
    results.push(await replayEntry(store, id, connection));
  }
  return results;
}

export async function dropQuarantine(ids: number[], options: DropOptions, screen: Screen): Promise<void> {
  const filter = chosen(ids, options, 'drop');
  const signal = closingSignal({ withParent: false });
  const dropped = await withStore(options, async ({ store }) => {
    const entries = (await meant(store, filter)).filter(({ resolvedAt }) => resolvedAt === null);
    const lines = entries.slice(0, 20).flatMap((entry) => entryLines(entry, screen));
    const further = entries.length > 20 ? [`and ${count(entries.length - 20)} more`] : [];
    const question = `Close ${count(entries.length)} ${entries.length === 1 ? 'entry' : 'entries'} without storing anything?`;
    await confirm({ lines: [...lines, ...further], question, yes: options.yes === true, screen, signal });
    return dropEntries(store.sql, { ids: entries.map(({ id }) => id) });
  });
  screen.line(`${count(dropped)} dropped. A sync that meets the same record again puts it aside again.`);
  if (options.json) await printJson(JSON.stringify({ dropped }));
  await leave(exitCodes.ok);
}

/** Everything at once needs to be said: an empty choice is a mistake. */
function chosen(ids: number[], { connection, stream, system }: EntryOptions, what: string): EntryFilter {
  if (ids.length === 0 && connection === undefined && stream === undefined) {
    throw new ConfigurationError(
      `Say which: \`incentive-sync quarantine ${what} 17 18\`, or --connection NAME, or --stream NAME.`,
    );
  }
  return { ids: ids.length === 0 ? undefined : ids, connection, stream, system };
}

/** Numbers that are named have to be there; closed ones are told, not left out. */
async function meant(store: Store, filter: EntryFilter): Promise<QuarantineEntry[]> {
  const all = filter.ids !== undefined;
  const entries = await listEntries(store.sql, { ...filter, all }, Number.MAX_SAFE_INTEGER);
  const missing = (filter.ids ?? []).filter((id) => !entries.some((entry) => entry.id === id));
  if (missing.length === 0) return entries;
  throw new ConfigurationError(
    `The quarantine has no entry ${missing.join(', ')} of that kind; \`incentive-sync quarantine list --all\` shows what there is. Nothing was changed.`,
  );
}

function known(entry: KeptEntry | null, id: number): KeptEntry {
  if (entry !== null) return entry;
  throw new ConfigurationError(
    `The quarantine has no entry ${id}; \`incentive-sync quarantine list --all\` shows what there is.`,
  );
}

async function withStore<T>(
  options: CommonOptions,
  work: (about: { config: Config; store: Store }) => Promise<T>,
): Promise<T> {
  const config = readConfig(options);
  const { store } = await openDatabase(await findServers(config));
  try {
    return await work({ config, store });
  } finally {
    await store.close();
  }
}
