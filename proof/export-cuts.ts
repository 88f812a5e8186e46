import { downloadsOf, rowDifferences, seamsOf } from '../test/support/exports.ts';
import { World } from '../test/support/world.ts';
import { withServers } from './servers.ts';

const name = 'win-info';
const afterBytes = 5_000_000;
/** Longer than any row: what was read of the row that a cut has met comes again. */
const seam = 400;

/** One file of 1,000,000 rows over connections that are each cut after 5 MB. `words`: another number of rows. */
export async function prove(words: string[]) {
  const rows = Number(words[0] ?? 1_000_000);
  process.stderr.write(`Loading ${rows} rows, every connection cut after ${afterBytes} bytes …\n`);
  return withServers(async (servers) => {
    const neoday = { only: [name], exports: { [name]: { rows, results: 1 } } };
    const world = await World.create({ servers, system: 'neoday', neoday });
    try {
      await world.workerProcess();
      world.sandbox.setFaults([{ kind: 'cut-file', afterBytes }]);
      return await measure(world, rows);
    } finally {
      await world.close();
    }
  });
}

async function measure(world: World, rows: number) {
  const { neoday } = world.sandbox;
  const size = neoday.results(name).reduce((sum, { id }) => sum + neoday.file(id).bytes, 0);
  const begun = performance.now();
  const receipt = await world.receipt(await world.start(), 1_200_000);
  const seconds = (performance.now() - begun) / 1000;
  const asked = downloadsOf(world);
  const seams = seamsOf(asked);
  const sent = asked.reduce((sum, { bytes }) => sum + bytes, 0);
  const complaints: string[] = [];
  if (receipt.status !== 'completed') complaints.push(`the run ended ${receipt.status}: ${receipt.reasons.join(' ')}`);
  if (asked.length < size / afterBytes) complaints.push(`${asked.length} requests are too few for a file of ${size}`);
  if (seams.some((again) => again < 0)) complaints.push('bytes were left out');
  if (seams.some((again) => again >= seam)) complaints.push(`a cut cost ${Math.max(...seams)} bytes`);
  const found = await rowDifferences(world, name);
  if (found.missing + found.extra > 0) complaints.push(`rows differ from the file's: ${JSON.stringify(found)}`);
  const figures = {
    rows,
    bytesOfFile: size,
    bytesSent: sent,
    requests: asked.length,
    mostBytesAskedForTwiceAtACut: Math.max(0, ...seams),
    rowsStored: found.stored,
    seconds: Math.round(seconds * 10) / 10,
  };
  return { figures, complaints };
}
