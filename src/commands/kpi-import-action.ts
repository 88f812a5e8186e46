import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Config } from '../config/load.ts';
import type { AtobiConnection } from '../config/systems/atobi.ts';
import { ConfigurationError } from '../errors.ts';
import { count } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { createSteps, type Step } from '../screen/steps.ts';
import { type ImportCounts, type ImportedRow, importValues, type RejectedRow } from '../store/atobi/import.ts';
import { readConfig } from './configuration.ts';
import type { ImportOptions } from './kpi-import.ts';
import { type ImportFormat, rowsOf } from './kpi-rows.ts';
import { findServers, openDatabase } from './reach.ts';
import { exitCodes, leave, printJson } from './shared.ts';

const partial = 3;

/** Reads a file into `atobi.kpi_values`, whole or not at all but for rows that do not fit. Exit code 3 where there are any. */
export async function importFile(file: string, options: ImportOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const connection = chosen(config, options.connection);
  const format = options.format ?? formatOf(file);
  const name = file === '-' ? 'Standard input' : file;
  const rejects = new Rejects(options.rejects ?? `${file === '-' ? 'kpi-import' : file}.rejects.ndjson`);
  const { store } = await openDatabase(await findServers(config));
  const steps = createSteps(screen);
  const counts = await steps
    .run(
      `Reading ${name}`,
      (step) => {
        const rows = told(rowsOf(bytesOf(file), format, name), name, step);
        return importValues(store.sql, connection.name, rows, (some) => rejects.add(some));
      },
      () => `${name} is read`,
    )
    .then((done) => rejects.keep().then(() => done))
    .catch((error: unknown) => rejects.forget().then(() => Promise.reject(error)))
    .finally(() => store.close());
  for (const line of linesOf(counts, connection, rejects.file)) screen.line(line);
  if (options.json) await printJson(document(file, connection, counts, rejects.file));
  await leave(counts.rejected > 0 ? partial : exitCodes.ok);
}

function chosen({ connections, connection, file }: Config, name: string | undefined): AtobiConnection {
  const ours = connections.filter((one) => one.system === 'atobi');
  const wanted = name === undefined ? ours[0] : connection(name);
  if (name === undefined && ours.length > 1) {
    throw new ConfigurationError(
      `Say whose values they are: --connection ${ours.map((one) => one.name).join(' or ')}.`,
    );
  }
  if (wanted?.system === 'atobi') return wanted;
  throw new ConfigurationError(
    name === undefined
      ? `${file} has no connection with \`system: atobi\`, so there is nobody to import values for.`
      : `The connection \`${name}\` is no connection to Atobi; those are: ${ours.map((one) => one.name).join(', ') || 'none'}.`,
  );
}

function formatOf(file: string): ImportFormat {
  const name = file.toLowerCase().replace(/\.gz$/, '');
  if (/\.(csv|tsv)$/.test(name)) return 'csv';
  if (/\.(ndjson|jsonl)$/.test(name)) return 'ndjson';
  throw new ConfigurationError(`It is not clear what ${file} is: add --format csv or --format ndjson.`);
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const stream: Readable = file === '-' ? process.stdin : createReadStream(file);
  const packed = file.toLowerCase().endsWith('.gz');
  try {
    // What ends the pipeline early also ends its last stream, which is read here.
    yield* packed ? pipeline(stream, createGunzip(), () => undefined) : stream;
  } catch (error) {
    throw unreadable(error, file);
  }
}

function unreadable(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const nothing = 'Nothing was imported.';
  if (code === 'ENOENT') return new ConfigurationError(`There is no file ${file}. ${nothing}`);
  if (code === 'EISDIR') return new ConfigurationError(`${file} is a folder: name a file in it. ${nothing}`);
  if (/^(EACCES|EPERM|EIO)$/.test(code)) return new ConfigurationError(`${file} cannot be read (${code}). ${nothing}`);
  if (code.startsWith('Z_')) return new ConfigurationError(`${file} is not gzip, or not whole (${code}). ${nothing}`);
  return error;
}

async function* told(
  rows: AsyncIterable<ImportedRow[]>,
  name: string,
  step: Pick<Step, 'say'>,
): AsyncGenerator<ImportedRow[]> {
  let read = 0;
  for await (const some of rows) {
    yield some;
    read += some.length;
    step.say(`Reading ${name}: ${count(read)} rows`);
  }
  step.say(`Storing ${count(read)} rows of ${name}`);
}

/** The file of rejected rows: under another name until the import is done, and not there where none is rejected. */
class Rejects {
  readonly file: string;
  #handle: FileHandle | null = null;

  constructor(file: string) {
    this.file = file;
  }

  async add(rows: readonly RejectedRow[]): Promise<void> {
    try {
      this.#handle ??= await open(this.#draft, 'w', 0o600);
      await this.#handle.writeFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected failure';
      throw new ConfigurationError(
        `Rows that do not fit cannot be written to ${this.file} (${code}): name another file with --rejects. Nothing was imported.`,
      );
    }
  }

  async keep(): Promise<void> {
    await this.#handle?.close();
    if (this.#handle !== null) await rename(this.#draft, this.file);
  }

  async forget(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    if (this.#handle !== null) await rm(this.#draft, { force: true });
  }

  get #draft(): string {
    return `${this.file}.${process.pid}.part`;
  }
}

function linesOf(counts: ImportCounts, { name }: AtobiConnection, rejects: string): string[] {
  const { rows, created, updated, unchanged, repeated, rejected } = counts;
  const again = repeated === 0 ? '' : `, ${count(repeated)} repeated`;
  const some = created + updated > 0;
  return [
    `${count(rows)} rows: ${count(created)} new, ${count(updated)} changed, ${count(unchanged)} unchanged${again}, ${count(rejected)} left out.`,
    ...(rejected === 0 ? [] : [`The rows left out, with line and reason: ${rejects}`]),
    ...(some ? [`Send them: incentive-sync kpi push ${name}`] : []),
  ];
}

function document(file: string, { name }: AtobiConnection, counts: ImportCounts, rejects: string): string {
  return JSON.stringify({
    kpiImport: { file, connection: name, ...counts, rejects: counts.rejected > 0 ? rejects : null },
  });
}
