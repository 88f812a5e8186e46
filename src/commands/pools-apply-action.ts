import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError } from '../errors.ts';
import { type AppliedPlan, startApply } from '../operations/pool-changes.ts';
import { printable } from '../screen/format.ts';
import { type Colour, paint, type Screen } from '../screen/screen.ts';
import { createSteps } from '../screen/steps.ts';
import { openStore, type Store } from '../store/connect.ts';
import { changesOf, dropPlan, type NewChange, type PoolChange, planChanges } from '../store/vibes/changes.ts';
import { isToDo, type PlannedPool } from '../vendors/vibes/plan.ts';
import type { Settings } from '../vendors/vibes/pool.ts';
import { confirm } from './confirm.ts';
import { findInstance } from './find-instance.ts';
import type { Instance } from './instance.ts';
import type { ApplyOptions } from './pools.ts';
import { planOf } from './pools-plan-action.ts';
import { planLines } from './pools-plan-lines.ts';
import { type PoolsSite, poolsSite } from './pools-site.ts';
import { CommandError, exitCodes, leave, printJson } from './shared.ts';

/** Shows the plan, asks, and has it carried out. */
export async function applyAction(name: string, options: ApplyOptions, screen: Screen): Promise<void> {
  const site = await poolsSite(name, options);
  await carryOut(site, await planOf(site), options, screen);
}

/**
 * Carries out a plan by the workflow `pools/<connection>` and leaves by what came of it.
 *
 * @throws ConfigurationError where it is not clear of every pool what is to be done: then nothing is.
 */
export async function carryOut(
  site: PoolsSite,
  planned: readonly PlannedPool[],
  options: ApplyOptions,
  screen: Screen,
): Promise<void> {
  const { name } = site.connection;
  const unclear = planned.flatMap((one) => (one.kind === 'refused' ? [`${one.name}: ${one.sentence}`] : []));
  if (unclear.length > 0) throw new ConfigurationError('Nothing was changed.', unclear);
  const changes = planned.flatMap(changeOf);
  const lines = planLines(name, planned.filter(isToDo), screen);
  if (changes.length === 0) return nothingToDo(name, options, screen);
  const { signal } = site;
  await confirm({ lines, question: `Do this at Vibes?`, yes: options.yes === true, screen, signal });
  const steps = createSteps(screen);
  const instance = await findInstance({ options, config: site.config, steps, signal });
  const store = openStore({ url: instance.databaseUrl, applicationName: 'incentive-sync command', maxConnections: 2 });
  try {
    const { applied, rows } = await run({ instance, store, connection: name, changes, signal, screen });
    for (const row of rows) screen.line(rowLine(row, screen));
    if (applied.failure !== null) screen.line(`Ended early: ${applied.failure}`);
    if (options.json) await printJson(JSON.stringify({ connection: name, ...applied, changes: rows.map(documentOf) }));
    process.exitCode = codeOf(applied);
  } finally {
    await store.close();
    await instance.stop();
  }
  await leave(Number(process.exitCode));
}

async function nothingToDo(name: string, { json }: ApplyOptions, screen: Screen): Promise<void> {
  screen.line(`${name}: every pool is as declared; nothing to do.`);
  const none = { done: 0, refused: 0, unknown: 0, failure: null };
  if (json) await printJson(JSON.stringify({ connection: name, ...none, changes: [] }));
  await leave(exitCodes.ok);
}

function changeOf(planned: PlannedPool): NewChange[] {
  if (planned.kind === 'create') {
    return [{ action: 'create', poolId: null, name: planned.name, settings: flat(planned.settings), seen: null }];
  }
  if (planned.kind !== 'update') return [];
  const { id, name, settings, fingerprint } = planned;
  return [{ action: 'update', poolId: id, name, settings: flat(settings), seen: fingerprint }];
}

const flat = (settings: Settings): NewChange['settings'] => ({ ...settings });

interface Apply {
  instance: Instance;
  store: Store;
  connection: string;
  changes: readonly NewChange[];
  signal: AbortSignal;
  screen: Screen;
}

/** @throws CommandError where another apply is under way: then nothing is begun. */
async function run(apply: Apply): Promise<{ applied: AppliedPlan; rows: PoolChange[] }> {
  const { instance, store, connection, changes, signal } = apply;
  const plan = randomUUID();
  await planChanges(store.sql, { connection, plan }, changes);
  const started = { connection, plan, changes: changes.length };
  const handle = await startApply(instance.client, started, instance);
  if (handle === null) {
    await dropPlan(store.sql, plan);
    throw new CommandError(
      `Pools of ${connection} are being changed by another apply, so this one changed nothing. Wait for its end, then plan once more.`,
    );
  }
  const applied = await patiently(handle.result(), apply);
  signal.throwIfAborted();
  return { applied, rows: await changesOf(store.sql, connection, plan) };
}

const tellAfterMs = 8_000;

/** Where nothing comes for long, this process becomes a worker if it can, and a person is told. */
async function patiently<T>(result: Promise<T>, { instance, connection, signal, screen }: Apply): Promise<T> {
  const done = new AbortController();
  const interrupted = AbortSignal.any([signal, done.signal]);
  const left = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const watch = sleep(tellAfterMs, undefined, { signal: interrupted }).then(
    () => {
      screen.line(`  ${connection}: the changes are still under way; Ctrl-C leaves them going on.`);
      instance.onWorkerMissing?.();
    },
    () => undefined,
  );
  try {
    return await Promise.race([result, left]);
  } finally {
    done.abort();
    await watch;
  }
}

const partly = 3;

function codeOf({ refused, unknown, failure }: AppliedPlan): number {
  if (failure !== null) return exitCodes.failed;
  return refused + unknown > 0 ? partly : exitCodes.ok;
}

const colours: Record<string, Colour> = { done: 'green', refused: 'red', unknown: 'red' };

function rowLine({ name, poolId, action, state, reason }: PoolChange, screen: Screen): string {
  const what = `${action} ${printable(name)}${poolId === null ? '' : ` (${poolId})`}`;
  const why = reason === null ? '' : `: ${printable(reason)}`;
  return `  ${paint(screen, colours[state] ?? 'dim', state.padEnd(7))}  ${what}${why}`;
}

const documentOf = ({ change, action, poolId, name, state, reason }: PoolChange) => ({
  ...{ change, action, poolId, name, state, reason },
});
