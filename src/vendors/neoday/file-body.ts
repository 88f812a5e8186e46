import { Readable } from 'node:stream';
import { ConfigurationError } from '../../errors.ts';
import { decoded, type Encoding, looksGzipped } from './decode.ts';
import { FileChangedError, FileCutError } from './errors.ts';

export interface FileBodyOptions {
  /** Who sends it, for sentences. */
  place: string;
  encoding: Encoding | null;
  /** Byte of the file that the answer begins with, as it is sent. */
  first: number;
  /** Bytes of the whole file, as it is sent; null where that was not told. */
  total: number | null;
  /** Decompressed bytes that are read and thrown away. */
  skip: number;
  maxFileBytes: number;
  signal: AbortSignal;
  /** Why the connection failed, in words. */
  explain: (error: unknown) => string;
}

export interface FileBody {
  readonly body: AsyncIterable<Buffer>;
  /** Whether it came compressed, told or not. */
  readonly encoded: boolean;
  received(): number;
  cancel(): void;
}

/** A file's bytes as they are wanted. Waits for the first of them. @throws what `Downloader.open` tells of bodies. */
export async function fileBody(source: Readable, options: FileBodyOptions): Promise<FileBody> {
  const { place, encoding, first, skip } = options;
  const wire = { bytes: 0 };
  const arriving = arrivingBytes(source, wire, options);
  const cancel = () => {
    // An error nobody waits for any more must not end the process.
    source.on('error', () => undefined).destroy();
  };
  const begun = await arriving.next().catch((error: unknown) => {
    cancel();
    throw error;
  });
  const gzipped = encoding === null && first === 0 && !begun.done && looksGzipped(begun.value);
  const all = withFirst(begun, arriving);
  const undo = gzipped ? 'gzip' : encoding;
  const plain = undo === null ? all : capped(decoded(Readable.from(all), undo, place), options);
  return {
    body: skip === 0 ? plain : without(plain, skip, place),
    encoded: undo !== null,
    received: () => wire.bytes,
    cancel,
  };
}

/** Everything that the network brings, counted, and refused above the cap or where it ends too early. */
async function* arrivingBytes(
  source: Readable,
  wire: { bytes: number },
  { place, first, total, maxFileBytes, signal, explain }: FileBodyOptions,
): AsyncGenerator<Buffer, void> {
  const at = () => `byte ${first + wire.bytes}${total === null ? '' : ` of ${total}`}`;
  if (total !== null && total > maxFileBytes) throw tooLarge(place, maxFileBytes);
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      wire.bytes += chunk.length;
      if (first + wire.bytes > maxFileBytes) throw tooLarge(place, maxFileBytes);
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConfigurationError) throw error;
    throw new FileCutError(`${place}: ${explain(error)} It was read until ${at()}.`);
  }
  if (total !== null && first + wire.bytes < total) {
    throw new FileCutError(`${place}: the file was cut after ${at()}.`);
  }
}

async function* withFirst(
  begun: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer, void> {
  if (begun.done) return;
  try {
    yield begun.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}

/** A small file may unpack to an endless one. */
async function* capped(
  source: AsyncIterable<Buffer>,
  { place, maxFileBytes }: FileBodyOptions,
): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxFileBytes) throw tooLarge(place, maxFileBytes);
    yield chunk;
  }
}

async function* without(source: AsyncIterable<Buffer>, skip: number, place: string): AsyncGenerator<Buffer, void> {
  let left = skip;
  for await (const chunk of source) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
  if (left === 0) return;
  throw new FileChangedError(`${place}: the file is shorter than what was read of it before. It has to be read again.`);
}

function tooLarge(place: string, maxFileBytes: number): ConfigurationError {
  return new ConfigurationError(
    `${place}: the file has more than ${maxFileBytes} bytes. If that is right, raise \`maxFileBytes\` of the connection.`,
  );
}
