import { downloadsOf, ledgerOf, rowDifferences } from '../test/support/exports.ts';
import { World } from '../test/support/world.ts';
import { withServers } from './servers.ts';

const name = 'win-info';
const rows = 5;
/** Snapshots that stay as small as the first, of which one row changes. */
const step = { changedPercent: 20, newPercent: 0, removedPercent: 0 };

/** One export with 10,000 tiny results in one run. `words`: another number of them. */
export async function prove(words: string[]) {
  const results = Number(words[0] ?? 10_000);
  process.stderr.write(`Loading ${results} results of one export …\n`);
  return withServers(async (servers) => {
    const neoday = { only: [name], exports: { [name]: { rows, results, ...step } } };
    const world = await World.create({ servers, system: 'neoday', neoday });
    try {
      await world.workerProcess();
      return await measure(world, results);
    } finally {
      await world.close();
    }
  });
}

async function measure(world: World, results: number) {
  const begun = performance.now();
  const run = await world.start();
  const receipt = await world.receipt(run, 3_600_000);
  const seconds = (performance.now() - begun) / 1000;
  const complaints: string[] = [];
  if (receipt.status !== 'completed') complaints.push(`the run ended ${receipt.status}: ${receipt.reasons.join(' ')}`);
  const ledger = await ledgerOf(world, name);
  const loaded = ledger.filter(({ state }) => state === 'loaded').length;
  if (loaded !== results) complaints.push(`${loaded} of ${results} results are loaded`);
  const downloads = downloadsOf(world);
  const asked = downloads.map(({ result }) => result);
  if (new Set(asked).size !== asked.length) complaints.push('a file was asked for twice');
  if (asked.join() !== ledger.map(({ id }) => id).join()) complaints.push('files were not loaded oldest first');
  const found = await rowDifferences(world, name);
  if (found.missing + found.extra > 0) complaints.push(`rows differ from the files': ${JSON.stringify(found)}`);
  const listed = world.sandbox.journal({ system: 'neoday' }).filter(({ step }) => step === 'results').length;
  const figures = {
    results,
    pagesOfResults: listed,
    rows: found.stored,
    executions: await executionsOf(world),
    seconds: Math.round(seconds),
    millisecondsPerResult: Math.round((1000 * seconds) / results),
  };
  return { figures, complaints };
}

async function executionsOf({ client, connection }: World): Promise<number> {
  let count = 0;
  for await (const _ of client.workflow.list({ query: `WorkflowId = 'sync/${connection.name}'` })) count += 1;
  return count;
}
