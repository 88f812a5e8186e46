import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { VendorContractError, VendorUnavailableError } from '../../errors.ts';

const decoders = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  br: createBrotliDecompress,
  deflate: createInflate,
} as const satisfies Record<string, () => Transform>;

export type Encoding = keyof typeof decoders;

/** The encoding of an answer; null for none. @throws VendorContractError for one that cannot be undone. */
export function encodingOf(header: string | string[] | undefined, place: string): Encoding | null {
  const name = String(header ?? '')
    .trim()
    .toLowerCase();
  if (name === '' || name === 'identity') return null;
  if (isKnown(name)) return name;
  throw new VendorContractError(`${place} answered in the encoding \`${name.slice(0, 40)}\`, which was not asked for.`);
}

function isKnown(name: string): name is Encoding {
  return Object.hasOwn(decoders, name);
}

/** A file that was compressed before it was stored does not say so; no JSON begins like this. */
export function looksGzipped(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** Undoes an encoding while the bytes arrive. @throws VendorUnavailableError where they are cut or damaged. */
export async function* decoded(source: Readable, encoding: Encoding, place: string): AsyncGenerator<Buffer, void> {
  // The source's own failure ends the decoder with the same error; the decoder's are zlib's.
  const decoder = pipeline(source, decoders[encoding](), () => undefined);
  try {
    yield* decoder;
  } catch (error) {
    const isZlibs = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    const isBrotlis = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_');
    if (!isZlibs && !isBrotlis) throw error;
    throw new VendorUnavailableError(`${place} sent a compressed file that is cut or damaged.`);
  }
}
