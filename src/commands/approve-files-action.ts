import type { Config } from '../config/load.ts';
import { count, moment, printable } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import type { Store } from '../store/connect.ts';
import { approveFewer, type Fewer, listFewer } from '../store/neoday/brake.ts';
import { systemOf } from '../store/overview.ts';
import type { ApproveDeletesOptions } from './approve-deletes.ts';
import { closingSignal } from './closing.ts';
import { confirm } from './confirm.ts';
import { findServers, openDatabase } from './reach.ts';
import { CommandError, exitCodes, leave, printJson } from './shared.ts';

const stale = 3;

/** What a person wants approved: the connection by name, how, and where it is shown. */
interface Wanted {
  name: string;
  options: ApproveDeletesOptions;
  screen: Screen;
}

/**
 * Where the connection is one of NeoDay's: shows the newest files that have far fewer rows than before, asks, and has them
 * count alone, so that the rows that they do not show leave the current views. Needs no run.
 *
 * @returns false where it is none of NeoDay's.
 */
export async function approveFiles(config: Config, wanted: Wanted): Promise<boolean> {
  const configured = config.connections.find(({ name }) => name === wanted.name);
  if (configured !== undefined && configured.system !== 'neoday') return false;
  const { store } = await openDatabase(await findServers(config));
  try {
    if (configured === undefined && (await systemOf(store.sql, wanted.name)) !== 'neoday') return false;
    await leave(await approve(store, wanted));
    return true;
  } finally {
    await store.close();
  }
}

async function approve(store: Store, { name, options, screen }: Wanted): Promise<number> {
  const waiting = await listFewer(store.sql, name);
  const shown = waiting.filter(({ digest }) => options.digest === undefined || digest === options.digest);
  if (waiting.length === 0) throw new CommandError(`No file of ${name} waits for approval, so nothing was approved.`);
  for (const line of shown.length === 0 ? waiting.flatMap(linesOf(name)) : []) screen.line(line);
  if (shown.length === 0) return tell(name, { options, screen }, waiting, []);
  const signal = closingSignal({ withParent: false });
  const question = shown.length === 1 ? 'Let this file count alone?' : `Let these ${shown.length} files count alone?`;
  await confirm({ lines: shown.flatMap(linesOf(name)), question, yes: options.yes === true, screen, signal });
  const approved: Fewer[] = [];
  for (const one of shown) {
    if (await approveFewer(store.sql, { connection: name, export: one.export }, one.digest)) approved.push(one);
  }
  return tell(name, { options, screen }, shown, approved);
}

const linesOf =
  (name: string) =>
  ({ export: stream, view, resultId, createdAt, rows, rowsBefore, digest }: Fewer): string[] => [
    `${name} ${printable(stream)}: the newest file has ${count(rows)} rows, one before had ${count(rowsBefore)} (digest ${digest})`,
    `  result ${printable(resultId)}, made ${moment(new Date(createdAt))}; these rows would go:`,
    `  select * from ${view} where connection = '${name}' and last_result is not null`,
  ];

async function tell(
  name: string,
  { options, screen }: Omit<Wanted, 'name'>,
  shown: readonly Fewer[],
  approved: readonly Fewer[],
): Promise<number> {
  const done = approved.length === shown.length;
  const names = approved.map(({ export: stream }) => printable(stream)).join(', ');
  screen.line(
    done
      ? `Approved: ${names} of ${name} show what their newest files show. The next sync says so.`
      : `${names === '' ? 'Nothing was approved' : `Only ${names} was approved`}: the list has changed since it was shown. Look at it again: incentive-sync approve-deletes ${name}`,
  );
  if (options.json) await printJson(JSON.stringify({ connection: name, approved: done, files: shown }));
  return done ? exitCodes.ok : stale;
}
