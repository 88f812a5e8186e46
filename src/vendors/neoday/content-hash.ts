import { hash } from 'node:crypto';

/** A signed 64-bit number in decimal digits, from a row's content in one spelling (`canonicalText`). */
export type ContentHash = (content: string) => string;

const scratch = new DataView(new ArrayBuffer(8));

/** The first 64 bits of SHA-256. Of the digest's encodings `binary` (Latin-1) is the quickest to take numbers from. */
export const contentHash: ContentHash = (content) => {
  const digest = hash('sha256', content, 'binary');
  for (let index = 0; index < 8; index++) scratch.setUint8(index, digest.charCodeAt(index));
  return scratch.getBigInt64(0).toString();
};
