import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../../src/receipt.ts';
import type { JournalEntry } from '../../src/sandbox/journal.ts';
import type { World } from '../support/world.ts';

/** One run whose requests are answered one by one; `before` is called with each, before the source answers it. */
export async function step(
  world: World,
  before: (request: Pick<JournalEntry, 'stream' | 'page'>) => void,
): Promise<Receipt> {
  const { sandbox } = world;
  sandbox.setFaults([{ kind: 'hold' }]);
  const run = await world.start();
  let receipt: Receipt | null = null;
  const ended = world.receipt(run, 30_000).then((given) => {
    receipt = given;
  });
  while (receipt === null) {
    const [first] = sandbox.held();
    if (first !== undefined) {
      before(first);
      sandbox.release({ count: 1 });
    }
    await Promise.race([sleep(2), ended]);
  }
  sandbox.clearFaults();
  return receipt;
}

/** As if nothing had ever run here. */
export async function startOver({ sandbox, sql, client }: World): Promise<void> {
  const terminated = client.workflow.getHandle('sync/portfolio').terminate();
  await terminated.catch(() => undefined);
  sandbox.reset();
  await sql`TRUNCATE incentify.projects, incentify.credits, incentify.utilizations, sync.runs, sync.cursors, sync.pages,
    sync.missing, sync.connections, sync.receipts, sync.quarantine`;
}
