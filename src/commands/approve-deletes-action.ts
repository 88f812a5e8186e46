import { untilProgress } from '../operations/control.ts';
import type { Approval, Progress } from '../receipt.ts';
import { count, printable } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { listMissing, type MissingList, type MissingRow } from '../store/missing.ts';
import { tableOfStream } from '../store/tables.ts';
import { approveDeletesSignal } from '../workflows/messages.ts';
import type { ApproveDeletesOptions } from './approve-deletes.ts';
import { approveFiles } from './approve-files-action.ts';
import { readConfig } from './configuration.ts';
import { confirm } from './confirm.ts';
import { type Controlled, controlRun, type Outcome } from './control.ts';
import { CommandError, exitCodes } from './shared.ts';

const mostShown = 50;
const stale = 3;
const takesEffectWithinMs = 15_000;

/** Shows the rows that a run wants to mark as deleted, asks, and sends the digest of exactly these. */
export async function approveDeletes(name: string, options: ApproveDeletesOptions, screen: Screen): Promise<void> {
  if (await approveFiles(readConfig(options), { name, options, screen })) return;
  await controlRun(name, options, screen, async (controlled) => {
    const approval = approvalOf(controlled);
    const shown = await list(controlled, approval);
    const staleBefore = shown.digest !== approval.digest || (options.digest ?? shown.digest) !== shown.digest;
    const { signal } = controlled;
    const question = `Mark ${rowsOf(approval, shown)} as deleted?`;
    const lines = linesOf(name, approval, shown);
    if (staleBefore) {
      for (const line of lines) screen.line(line);
      return staleOutcome(name, approval, shown);
    }
    await confirm({ lines, question, yes: options.yes === true, screen, signal });
    const now = await list(controlled, approval);
    if (now.digest !== shown.digest) return staleOutcome(name, approval, now);
    await controlled.run.handle.signal(approveDeletesSignal, { digest: shown.digest });
    return afterApproval(controlled, approval, shown);
  });
}

function approvalOf({ run, situation: { progress } }: Controlled): Approval {
  if (progress === null) {
    throw new CommandError(
      'No worker answers, so it is not known what waits for approval. Start one: `incentive-sync worker`.',
    );
  }
  if (progress.approval) return progress.approval;
  throw new CommandError(
    `The run of ${run.connection} is ${progress.status} and waits for no approval, so nothing was approved.`,
  );
}

function list({ run, store }: Controlled, { stream }: Approval): Promise<MissingList> {
  const table = tableOfStream(run.system, stream);
  if (table === null) throw new CommandError(`This version does not know the stream ${stream} of ${run.system}.`);
  return listMissing(store.sql, table, { connection: run.connection, stream }, mostShown);
}

/** The run acts within moments, or finds that the list has changed since and asks anew. */
async function afterApproval({ run, signal }: Controlled, approval: Approval, shown: MissingList): Promise<Outcome> {
  const moved = (progress: Progress) => progress.approval?.digest !== approval.digest;
  const now = await untilProgress(run, moved, takesEffectWithinMs, signal);
  const next = now?.approval;
  const name = run.connection;
  const done = `Approved: ${rowsOf(approval, shown)} are being marked as deleted`;
  if (next?.stream === approval.stream && next.digest !== approval.digest) return staleOutcome(name, next, shown);
  const further = next ? `; ${next.stream} waits for an approval too, so type it once more` : '';
  return {
    code: exitCodes.ok,
    sentence: `${done}${further}.`,
    document: documentOf(name, approval, shown, true),
  };
}

function staleOutcome(name: string, approval: Approval, shown: MissingList): Outcome {
  return {
    code: stale,
    sentence: `Nothing was approved: the list has changed since it was shown (its digest is ${shown.digest || 'gone'} now). Look at it again: incentive-sync approve-deletes ${name}`,
    document: documentOf(name, approval, shown, false),
  };
}

function documentOf(connection: string, { stream }: Approval, shown: MissingList, approved: boolean): string {
  const { digest, confirmed, live, rows } = shown;
  return JSON.stringify({ connection, stream, approved, digest, count: confirmed, live, rows });
}

function rowsOf({ stream }: Approval, { confirmed }: MissingList): string {
  return `${count(confirmed)} of the rows of ${stream}`;
}

function linesOf(name: string, { stream }: Approval, { rows, confirmed, live, digest }: MissingList): string[] {
  const more = confirmed - rows.length;
  return [
    `${name} ${stream}: ${count(confirmed)} of ${count(live)} rows are missing from the source (digest ${digest}):`,
    ...rows.map((row) => `  ${rowLine(row)}`),
    ...(more > 0 ? [`  … and ${count(more)} more`] : []),
  ];
}

function rowLine({ id, title, status, updated_at }: MissingRow): string {
  const what = printable(title ?? status ?? '')
    .replaceAll('\n', ' ')
    .slice(0, 70);
  return [id, what, updated_at === null ? '' : `changed ${updated_at}`].filter((part) => part !== '').join('  ');
}
