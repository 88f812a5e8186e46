import { VendorContractError } from '../../errors.ts';
import { closeBrace, closeBracket, colon, comma, isSpace, openBrace, openBracket, quote } from './bytes.ts';
import { ElementScan } from './element.ts';

/** One element of the list, as the vendor wrote it: any JSON value, or what is none but stands in the place of one. */
export interface Row {
  /** A view into the chunk it came in, unless it lay across two. */
  readonly bytes: Buffer;
  /** Bytes of the file up to the end of the row. */
  readonly end: number;
  /** From 1. */
  readonly row: number;
}

/** A place between two rows: the first `row` rows have ended, the last of them at byte `end`. */
export interface RowPlace {
  readonly row: number;
  readonly end: number;
}

export interface RowsOptions {
  /** Who sent the file, for sentences. */
  readonly place: string;
  /** Root key whose list is wanted, with `-` and `_` taken for the same; the first key that holds a list where null. */
  readonly key: string | null;
  /** Where an earlier reading stopped; the file's beginning where absent. */
  readonly from?: RowPlace | undefined;
  /** Largest row; 64 MiB unless told. */
  readonly maxRowBytes?: number | undefined;
}

type Expecting =
  | 'object'
  | 'key or end'
  | 'key'
  | 'colon'
  | 'value'
  | 'row or end'
  | 'row'
  | 'comma in list'
  | 'comma'
  | 'nothing';

const maxRowDefault = 64 * 1024 * 1024;
const longestKey = 64 * 1024;
const longestKeyShown = 60;
const mostKeysShown = 10;

/**
 * Takes a stream of one JSON object apart whose one root key holds a list of rows (dev.neoday.com/server-apis/
 * automated-exports, Downloading data), keeping no more than one row. Other root keys are passed over, whatever they
 * hold. Rows still have to be parsed: brackets, strings and commas are all that is looked at.
 *
 * @throws VendorContractError, from `push` and `end`, with the place: after which row, at which byte.
 */
export class RowSplitter {
  readonly #options: RowsOptions;
  readonly #element = new ElementScan();
  readonly #keys: string[] = [];
  #expecting: Expecting = 'object';
  /** What of the current key, value or row lay in earlier chunks; null outside of one. */
  #parts: Buffer[] | null = null;
  #partBytes = 0;
  #wanted = false;
  #found = false;
  /** Bytes before the current chunk. */
  #base = 0;
  #row = 0;
  #rowEnd = 0;
  #mistake: VendorContractError | null = null;

  constructor(options: RowsOptions) {
    this.#options = options;
    const { from } = options;
    if (from === undefined || from.row === 0) return;
    this.#expecting = 'comma in list';
    this.#found = true;
    this.#base = from.end;
    this.#row = from.row;
    this.#rowEnd = from.end;
  }

  /** Bytes of the file that were looked at. */
  get bytes(): number {
    return this.#base;
  }

  /** Where the last row ended. */
  get place(): RowPlace {
    return { row: this.#row, end: this.#rowEnd };
  }

  /**
   * The rows that end in the file's next bytes; those before a mistake come first, and the mistake is thrown by the next
   * call. The rows keep the chunk, so it must not be written again.
   */
  push(chunk: Buffer): Row[] {
    const rows: Row[] = [];
    if (this.#mistake !== null) throw this.#mistake;
    try {
      this.#take(chunk, rows);
    } catch (error) {
      if (rows.length === 0 || !(error instanceof VendorContractError)) throw error;
      this.#mistake = error;
    }
    return rows;
  }

  #take(chunk: Buffer, rows: Row[]): void {
    let at = this.#parts === null ? this.#step(chunk, 0, rows) : this.#scan(chunk, 0, rows);
    while (at < chunk.length) at = this.#step(chunk, at, rows);
    this.#base += chunk.length;
  }

  /** To be called when the file has ended. @returns how many rows it has. */
  end(): number {
    const { place } = this.#options;
    if (this.#mistake !== null) throw this.#mistake;
    if (this.#base === 0) throw new VendorContractError(`${place} sent an empty file.`);
    if (this.#expecting === 'nothing' && this.#parts === null) return this.#row;
    throw new VendorContractError(`${place} sent a file that ends in the middle: ${this.#where(this.#base)}.`);
  }

  #step(chunk: Buffer, from: number, rows: Row[]): number {
    let at = from;
    while (isSpace(chunk[at])) at++;
    const byte = chunk[at];
    if (byte === undefined) return at;
    // The list's commas and rows come first: nearly every step is one of theirs.
    switch (this.#expecting) {
      case 'comma in list':
        if (byte === comma) return this.#expect('row', at);
        if (byte === closeBracket) return this.#expect('comma', at);
        break;
      case 'row or end':
        if (byte === closeBracket) return this.#expect('comma', at);
        return this.#begin(chunk, at, byte, rows);
      case 'row':
      case 'value':
        return this.#begin(chunk, at, byte, rows);
      default:
        return this.#outside(chunk, at, byte, rows);
    }
    throw this.#broken(at);
  }

  /** Outside of the list. */
  #outside(chunk: Buffer, at: number, byte: number, rows: Row[]): number {
    switch (this.#expecting) {
      case 'object':
        if (this.#isMark(byte, at)) return at + 1;
        if (byte === openBrace) return this.#expect('key or end', at);
        throw this.#noObject(byte);
      case 'key or end':
        if (byte === closeBrace) return this.#close(at);
        if (byte === quote) return this.#begin(chunk, at, byte, rows);
        break;
      case 'key':
        if (byte === quote) return this.#begin(chunk, at, byte, rows);
        break;
      case 'colon':
        if (byte === colon) return this.#expect('value', at);
        break;
      case 'comma':
        if (byte === comma) return this.#expect('key', at);
        if (byte === closeBrace) return this.#close(at);
    }
    throw this.#broken(at);
  }

  #expect(what: Expecting, at: number): number {
    this.#expecting = what;
    return at + 1;
  }

  #begin(chunk: Buffer, at: number, byte: number, rows: Row[]): number {
    if (byte === comma || byte === colon || byte === closeBracket || byte === closeBrace) throw this.#broken(at);
    if (this.#expecting === 'value' && this.#wanted && byte === openBracket) {
      if (this.#found) throw this.#contract('holds the list of rows twice');
      this.#found = true;
      return this.#expect('row or end', at);
    }
    this.#element.start(byte);
    return this.#scan(chunk, at, rows);
  }

  #scan(chunk: Buffer, from: number, rows: Row[]): number {
    const end = this.#element.scan(chunk, from);
    const inRow = this.#expecting === 'row' || this.#expecting === 'row or end';
    const stop = end === -1 ? chunk.length : end;
    this.#partBytes += stop - from;
    this.#refuseHuge(inRow);
    if (end === -1) {
      this.#parts ??= [];
      if (this.#expecting !== 'value') this.#parts.push(chunk.subarray(from));
      return stop;
    }
    if (inRow) this.#endRow(this.#whole(chunk, from, end), end, rows);
    else if (this.#expecting === 'value') this.#expecting = 'comma';
    else this.#endKey(this.#whole(chunk, from, end), end);
    this.#parts = null;
    this.#partBytes = 0;
    return end;
  }

  #whole(chunk: Buffer, from: number, end: number): Buffer {
    const last = chunk.subarray(from, end);
    return this.#parts === null ? last : Buffer.concat([...this.#parts, last]);
  }

  #endRow(bytes: Buffer, end: number, rows: Row[]): void {
    // A row without its own end has swallowed those behind it.
    if (!isClosed(bytes)) throw this.#contract(`holds a row ${this.#row + 1} that is not JSON`);
    this.#row++;
    this.#rowEnd = this.#base + end;
    this.#expecting = 'comma in list';
    rows.push({ bytes, end: this.#rowEnd, row: this.#row });
  }

  #endKey(bytes: Buffer, end: number): void {
    const name = nameIn(bytes);
    if (name === null) throw this.#broken(end);
    const { key } = this.#options;
    this.#wanted = key === null ? !this.#found : spelling(name) === spelling(key);
    if (this.#keys.length < mostKeysShown) this.#keys.push(shown(name));
    this.#expecting = 'colon';
  }

  /** Some write the byte order mark EF BB BF before the object. */
  #isMark(byte: number, at: number): boolean {
    const mark = [0xef, 0xbb, 0xbf][this.#base + at];
    return byte === mark;
  }

  #close(at: number): number {
    if (!this.#found) throw this.#noList();
    return this.#expect('nothing', at);
  }

  #refuseHuge(inRow: boolean): void {
    if (inRow) {
      const cap = this.#options.maxRowBytes ?? maxRowDefault;
      if (this.#partBytes <= cap) return;
      throw this.#contract(`holds a row ${this.#row + 1} of more than ${Math.floor(cap / 1_048_576)} MiB`);
    }
    if (this.#expecting !== 'value' && this.#partBytes > longestKey)
      throw this.#contract('holds a root key without end');
  }

  #noObject(byte: number): VendorContractError {
    const what = byte === 0x3c ? 'an HTML or XML page' : byte === openBracket ? 'a bare list' : 'something else';
    return new VendorContractError(`${this.#options.place} sent ${what} instead of a JSON object with a list of rows.`);
  }

  #noList(): VendorContractError {
    const { place, key } = this.#options;
    const wanted = key === null ? 'no list of rows' : `no list of rows under \`${shown(key)}\``;
    const keys = this.#keys.map((name) => `\`${name}\``).join(', ');
    return new VendorContractError(`${place} sent a file with ${wanted}; it has ${keys === '' ? 'no keys' : keys}.`);
  }

  #broken(at: number): VendorContractError {
    return this.#contract(`is not JSON at byte ${this.#base + at}`);
  }

  #contract(what: string): VendorContractError {
    return new VendorContractError(`${this.#options.place} sent a file that ${what}: ${this.#where(this.#rowEnd)}.`);
  }

  #where(byte: number): string {
    return `after row ${this.#row}, byte ${byte}`;
  }
}

/** Whether an object or a list ends with the bracket of its own kind. */
function isClosed(bytes: Buffer): boolean {
  const last = bytes[bytes.length - 1];
  if (bytes[0] === openBrace) return last === closeBrace;
  return bytes[0] !== openBracket || last === closeBracket;
}

const spelling = (name: string): string => name.replaceAll('-', '_');

function nameIn(bytes: Buffer): string | null {
  try {
    return String(JSON.parse(bytes.toString()));
  } catch {
    return null;
  }
}

/** Names come from the file: neither long ones nor their control characters belong into a sentence. */
function shown(name: string): string {
  const clean = name.replace(/[\p{Cc}\p{Cf}`]/gu, '?').toWellFormed();
  return clean.length > longestKeyShown ? `${clean.slice(0, longestKeyShown)}…` : clean;
}
