import { ConfigurationError } from '../errors.ts';
import { count } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { countEntries, dropEntries, type KeptEntry, listEntries, readEntry } from '../store/quarantine-entries.ts';
import { closingSignal } from './closing.ts';
import { confirm } from './confirm.ts';
import type { DropOptions, EntryOptions, ListOptions } from './quarantine.ts';
import { entryLines } from './quarantine-lines.ts';
import { chosen, meant, withStore } from './quarantine-site.ts';
import { exitCodes, leave, printJson } from './shared.ts';

/** Everything but what the records hold. */
export async function listQuarantine(options: ListOptions, screen: Screen): Promise<void> {
  const { connection, stream, system, all, limit } = options;
  const filter = { connection, stream, system, all };
  const { entries, total } = await withStore(options, async ({ store }) => ({
    entries: await listEntries(store.sql, filter, limit),
    total: (await countEntries(store.sql, filter)).count,
  }));
  for (const entry of entries) for (const line of entryLines(entry, screen)) screen.line(line);
  screen.line(total === 0 ? 'Nothing is put aside.' : `${count(entries.length)} of ${count(total)} shown.`);
  if (options.json) await printJson(JSON.stringify({ quarantine: entries, total }));
  await leave(exitCodes.ok);
}

/** The one command that prints a record on the screen. */
export async function showEntry(id: number, options: EntryOptions, screen: Screen): Promise<void> {
  const found = await withStore(options, ({ store }) => readEntry(store.sql, id));
  const entry = known(found !== null && isMeant(found, options) ? found : null, id);
  for (const line of entryLines(entry, screen)) screen.line(line);
  if (entry.rawText === null) screen.line(`    ${textInWords(entry)}`);
  await printJson(options.json ? JSON.stringify({ entry }) : (entry.rawText ?? entry.rawBase64 ?? ''));
  await leave(exitCodes.ok);
}

function isMeant(entry: KeptEntry, { connection, stream }: EntryOptions): boolean {
  return (connection ?? entry.connection) === entry.connection && (stream ?? entry.stream) === entry.stream;
}

function textInWords({ rawBase64 }: KeptEntry): string {
  return rawBase64 === null
    ? 'its text was not kept, since it may hold personal data'
    : 'a PostgreSQL text cannot hold it; printed are its bytes in base64';
}

const mostShown = 20;

export async function dropQuarantine(ids: number[], options: DropOptions, screen: Screen): Promise<void> {
  const choice = chosen(ids, options, 'drop');
  const signal = closingSignal({ withParent: false });
  const dropped = await withStore(options, async (site) => {
    const { filter } = await meant(site, choice);
    const { sql } = site.store;
    const open = { ...filter, all: false };
    const total = (await countEntries(sql, open)).count;
    const lines = (await listEntries(sql, open, mostShown)).flatMap((entry) => entryLines(entry, screen));
    const further = total > mostShown ? [`and ${count(total - mostShown)} more`] : [];
    const question = `Close ${count(total)} ${total === 1 ? 'entry' : 'entries'} without storing anything?`;
    await confirm({ lines: [...lines, ...further], question, yes: options.yes === true, screen, signal });
    return dropEntries(sql, open);
  });
  screen.line(`${count(dropped)} dropped. A sync that meets the same record again puts it aside again.`);
  if (options.json) await printJson(JSON.stringify({ dropped }));
  await leave(exitCodes.ok);
}

function known(entry: KeptEntry | null, id: number): KeptEntry {
  if (entry !== null) return entry;
  throw new ConfigurationError(
    `The quarantine has no entry ${id} of that kind; \`incentive-sync quarantine list --all\` shows what there is.`,
  );
}
