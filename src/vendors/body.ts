import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { VendorContractError, VendorUnavailableError } from '../errors.ts';

export const maxBodyDefault = 64 * 1024 * 1024;

const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  deflate: promisify(inflate),
} as const;

function isKnown(encoding: string): encoding is keyof typeof decoders {
  return encoding in decoders;
}

/**
 * Undoes one `Content-Encoding`. Stops at `cap` bytes of result, so that a small answer cannot fill the memory.
 *
 * @throws VendorContractError above the cap or for an encoding that was not asked for; VendorUnavailableError where the
 * compressed body is cut or damaged.
 */
export async function decompress(
  body: Buffer,
  encoding: string | string[] | undefined,
  cap: number,
  place: string,
): Promise<Buffer> {
  const name = String(encoding ?? 'identity')
    .trim()
    .toLowerCase();
  if (name === 'identity' || name === '' || body.length === 0) return body;
  if (!isKnown(name)) {
    throw new VendorContractError(
      `${place} answered in the encoding \`${name.slice(0, 40)}\`, which was not asked for.`,
    );
  }
  try {
    return await decoders[name](body, { maxOutputLength: cap });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new VendorContractError(`${place} sent more than ${Math.round(cap / 1_048_576)} MiB for one page.`);
    }
    throw new VendorUnavailableError(`${place} sent a compressed body that is cut or damaged.`, { cause: error });
  }
}
