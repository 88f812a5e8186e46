import { once } from 'node:events';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { ConfigurationError } from '../errors.ts';
import { count } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { keptEntries } from '../store/quarantine-entries.ts';
import { closingSignal } from './closing.ts';
import type { ExportFormat, ExportOptions } from './quarantine.ts';
import { formats } from './quarantine-formats.ts';
import { type Site, withStore } from './quarantine-site.ts';
import { CommandError, exitCodes, leave, printJson } from './shared.ts';

/** Every entry with its record, to stdout or into a file that only its owner can read. */
export async function exportQuarantine(options: ExportOptions, screen: Screen): Promise<void> {
  const format = formatOf(options);
  const signal = closingSignal({ withParent: false });
  const { output } = options;
  const exported = await withStore(options, (site) =>
    output === undefined ? toStdout(site, options, format, signal) : toFile(site, options, format, output, signal),
  );
  screen.line(`${count(exported)} exported${output === undefined ? '' : ` to ${output}, which holds personal data`}.`);
  if (options.json && output !== undefined) await printJson(JSON.stringify({ exported, format, file: output }));
  await leave(exitCodes.ok);
}

/** With --json, stdout is one document, whoever asks for it. */
function formatOf({ json, output, format }: ExportOptions): ExportFormat {
  if (!json || output !== undefined) return format ?? 'ndjson';
  if (format === undefined || format === 'json') return 'json';
  throw new ConfigurationError(
    `--json prints one JSON document, and --format ${format} is none: leave one of them out, or write to a file with --output.`,
  );
}

/** Pieces of text, a few entries each, so that a million entries take no more memory than a hundred. */
async function* piecesOf(
  { store }: Site,
  { connection, stream, all }: ExportOptions,
  format: ExportFormat,
  signal: AbortSignal,
  counted: (entries: number) => void,
): AsyncGenerator<string> {
  const { head, entry: textOf, between, tail } = formats[format];
  yield head;
  let exported = 0;
  for await (const entries of keptEntries(store.sql, { connection, stream, all })) {
    signal.throwIfAborted();
    yield (exported === 0 ? '' : between) + entries.map(textOf).join(between);
    exported += entries.length;
    counted(exported);
  }
  yield tail(exported);
}

async function toStdout(site: Site, options: ExportOptions, format: ExportFormat, signal: AbortSignal) {
  let exported = 0;
  const gone = new AbortController();
  // A reader that has seen enough, like `head`.
  process.stdout.once('error', () => gone.abort());
  for await (const piece of piecesOf(site, options, format, signal, (entries) => {
    exported = entries;
  })) {
    if (gone.signal.aborted) break;
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain', { signal: gone.signal }).catch(() => {});
  }
  return exported;
}

/** Whole or not at all: an interrupted export leaves nothing behind. */
async function toFile(site: Site, options: ExportOptions, format: ExportFormat, file: string, signal: AbortSignal) {
  let exported = 0;
  const draft = `${file}.${process.pid}.part`;
  // Takes the name, so that nobody's file is replaced at the end.
  if (options.force !== true) await (await create(file)).close();
  try {
    const handle = await create(draft);
    try {
      for await (const piece of piecesOf(site, options, format, signal, (entries) => {
        exported = entries;
      })) {
        await handle.writeFile(piece);
      }
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    if (options.force !== true) await rm(file, { force: true });
    throw error;
  }
  return exported;
}

async function create(file: string): Promise<FileHandle> {
  return open(file, 'wx', 0o600).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'EEXIST') {
      throw new ConfigurationError(`\`${file}\` is there already: choose another name, or add --force.`);
    }
    throw new CommandError(`\`${file}\` cannot be written (${code}): choose a folder that is there and is yours.`);
  });
}
