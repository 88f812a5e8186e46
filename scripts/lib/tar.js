// Just enough of tar to take one file out of a release archive.
import { gunzipSync } from 'node:zlib';

const block = 512;

/** The content of the regular file with this base name in a .tar.gz, or null. Throws on a damaged archive. */
export function fileFromTarGz(archive, baseName) {
  const tar = gunzipSync(archive);
  for (let at = 0; at + block <= tar.length; ) {
    const header = tar.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) return null;
    const size = sizeOf(header);
    const content = tar.subarray(at + block, at + block + size);
    if (content.length < size) throw new Error('the archive ends in the middle of a file');
    if (isRegularFile(header) && nameOf(header).split('/').at(-1) === baseName) return content;
    at += block + Math.ceil(size / block) * block;
  }
  return null;
}

const text = (header, from, to) => header.subarray(from, to).toString('utf8').split('\0')[0];

const nameOf = (header) => text(header, 0, 100);

const isRegularFile = (header) => header[156] === 0 || header[156] === '0'.charCodeAt(0);

function sizeOf(header) {
  const size = Number.parseInt(text(header, 124, 136).trim(), 8);
  if (!Number.isSafeInteger(size)) throw new Error('the archive has no readable file sizes');
  return size;
}
