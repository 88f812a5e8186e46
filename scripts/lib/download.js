// The official release archive of the Temporal CLI: fetched, compared with its pinned checksum, unpacked, put in place.
import { createHash } from 'node:crypto';
import { putInPlace } from './put-in-place.js';
import { fileFromTarGz } from './tar.js';
import { archiveName, releaseBase, releaseChecksums } from './temporal-release.js';

const largest = 400_000_000;

/**
 * Puts the CLI at `target`. Throws an Error in words, leaving nothing behind, when there is no pinned checksum for this
 * platform, the server does not begin to answer within `answerWithinMs`, the body stalls for `stallMs` or is cut, or the
 * content is not what the checksum says. `onProgress` gets a phrase now and then.
 */
export async function downloadTemporal({
  target,
  base = releaseBase,
  checksums = releaseChecksums,
  platform = process.platform,
  arch = process.arch,
  answerWithinMs = 5_000,
  stallMs = 20_000,
  onProgress = () => {},
}) {
  const expected = checksums[`${platform}-${arch}`];
  if (expected === undefined) throw new Error(`no checksum is known for ${platform}-${arch}`);
  const url = `${base}/${archiveName(platform, arch)}`;
  const archive = await load(url, { answerWithinMs, stallMs, onProgress });
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) throw new Error(`${url} has SHA-256 ${actual}, expected ${expected}`);
  const binary = fileFromTarGz(archive, 'temporal');
  if (binary === null) throw new Error(`${url} holds no file \`temporal\``);
  putInPlace(target, binary);
}

async function load(url, { answerWithinMs, stallMs, onProgress }) {
  const alarm = new AbortController();
  const within = (ms, what) => setTimeout(() => alarm.abort(new Error(`${url} ${what} for ${ms / 1000} s`)), ms);
  let timer = within(answerWithinMs, 'did not answer');
  try {
    const response = await fetch(url, { signal: alarm.signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const chunks = [];
    let loaded = 0;
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = within(stallMs, 'sent nothing');
      chunks.push(chunk);
      loaded += chunk.length;
      if (loaded > largest) throw new Error(`${url} is larger than a Temporal CLI can be`);
      onProgress(progress(loaded, Number(response.headers.get('content-length'))));
    }
    return Buffer.concat(chunks);
  } catch (error) {
    alarm.abort();
    throw inWords(error, url);
  } finally {
    clearTimeout(timer);
  }
}

function progress(loaded, total) {
  const megabytes = (bytes) => Math.round(bytes / 1_000_000);
  return total > 0 ? `${megabytes(loaded)} of ${megabytes(total)} MB` : `${megabytes(loaded)} MB`;
}

// fetch says only «fetch failed» or «terminated»; the cause is what helps.
function inWords(error, url) {
  if (error.message.includes(url)) return error;
  const cause = error.cause?.code ?? error.cause?.message ?? error.message;
  return new Error(`${url} could not be loaded (${cause})`);
}
