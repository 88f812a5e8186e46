import type { Connection } from '../config/schema.ts';
import { resyncRun, startRun } from '../operations/runs.ts';
import { watchRun } from '../operations/watch.ts';
import type { Receipt } from '../receipt.ts';
import { createProgressView, type ProgressView } from '../screen/bars.ts';
import { receiptLines } from '../screen/receipt.ts';
import type { Screen } from '../screen/screen.ts';
import { createWaits } from '../screen/waits.ts';
import type { Trigger } from '../workflows/names.ts';
import type { Instance } from './instance.ts';

export interface RunAllOptions {
  instance: Instance;
  connections: readonly Connection[];
  trigger: Trigger;
  streams?: readonly string[] | undefined;
  /** Everything is read again from page 1 and written, changed or not. */
  rewriting?: { reason?: string | undefined } | null;
  /** A large push may go. */
  approved?: boolean | undefined;
  screen: Screen;
  /** One live bar per stream; without it only what a person must know while it runs. */
  live: boolean;
  signal: AbortSignal;
}

/**
 * Syncs connections, all at once, and tells how it goes; gives their receipts in the same order.
 * Throws the signal's reason when that ends the watching; the runs themselves are not touched.
 */
export async function runAll(options: RunAllOptions): Promise<Receipt[]> {
  const view = options.live
    ? createProgressView(options.screen, options.connections.length)
    : quietView(options.screen);
  try {
    const receipts = await runInOrder(options, view);
    view.stop();
    for (const line of receipts.flatMap((receipt) => receiptLines(options.screen, receipt))) options.screen.line(line);
    return receipts;
  } finally {
    view.stop();
  }
}

/** KPIs are computed from what the others bring: pushes begin once those have ended, however they did. */
function runInOrder(options: RunAllOptions, view: ProgressView): Promise<Receipt[]> {
  const isPush = ({ system }: Connection) => system === 'atobi';
  const start = (connection: Connection) => runOne(connection, options, view);
  const pulls = new Map(options.connections.filter((one) => !isPush(one)).map((one) => [one, start(one)]));
  const pulled = Promise.allSettled(pulls.values());
  return Promise.all(options.connections.map((one) => pulls.get(one) ?? pulled.then(() => start(one))));
}

async function runOne(connection: Connection, options: RunAllOptions, view: ProgressView): Promise<Receipt> {
  const { client, installation, searchAttributes } = options.instance;
  const { trigger, streams, rewriting, approved, signal } = options;
  const wanted = { trigger, streams, approved, installation, searchAttributes };
  const run = rewriting
    ? await resyncRun(client, connection, { ...wanted, ...rewriting })
    : await startRun(client, connection, wanted);
  view.line(`  ${connection.name}: ${run.attached ? 'joined the run that is under way' : 'run started'}, ${run.id}`);
  const tellWaiting = createWaits(view.line);
  const receipt = await watchRun(run, {
    signal,
    onProgress: (progress) => {
      view.update(progress);
      tellWaiting(progress);
    },
    onSilence: (silence) => {
      view.line(`  ${connection.name}: ${silence?.sentence ?? 'going on'}`);
      if (silence?.missing === 'worker') options.instance.onWorkerMissing?.();
    },
  });
  view.end(receipt);
  return receipt;
}

function quietView(screen: Screen): ProgressView {
  return { update: () => {}, line: (text) => screen.note(text), end: () => {}, stop: () => {} };
}
