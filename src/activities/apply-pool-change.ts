import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { VendorUnavailableError } from '../errors.ts';
import type { Store } from '../store/connect.ts';
import {
  noteSent,
  noteUnsent,
  type PoolChange,
  readChange,
  type Settled,
  settleChange,
} from '../store/vibes/changes.ts';
import type { VibesClient, Written } from '../vendors/vibes/client.ts';
import { differencesOf, merged } from '../vendors/vibes/plan.ts';
import { chosen, type Pool, type SettingName, type Settings } from '../vendors/vibes/pool.ts';
import { fingerprintOf } from '../vendors/vibes/wire.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { refuseElsewhere } from './elsewhere.ts';
import { hiddenSettings, shownSettings } from './hidden-settings.ts';
import { withVendor } from './vendor-work.ts';

export interface ApplyPoolChangeInput {
  connection: string;
  runId: string;
  /** Of the journal, `vibes.pool_changes`. */
  change: number;
  /** True until the run has had an answer. */
  firstContact: boolean;
}

/** After an answer was lost, the vendor may still be at work for a moment: looked at too early, a pool is not there yet. */
const settlingMs = 2_000;

export const createApplyPoolChange = (dependencies: ActivityDependencies) =>
  /**
   * Carries out one change of the journal, at most once: a request whose answer was lost is looked for at the vendor
   * before it is sent again.
   */
  function applyPoolChange(input: ApplyPoolChangeInput): Promise<void> {
    return withVendor(dependencies, input, async (signal) => {
      const connection = connectionOf('vibes', dependencies.connection(input.connection));
      await refuseElsewhere(dependencies, connection);
      const { store } = dependencies;
      const change = await readChange(store.sql, input.connection, input.change);
      if (change === null || (change.state !== 'planned' && change.state !== 'sent')) return;
      const hidden = hiddenSettings(connection);
      const { attempt } = Context.current().info;
      const client = dependencies.vibes(connection);
      const task = new Task({ client, store, change, hidden, runId: input.runId, attempt, signal });
      if (change.state === 'sent') await settling(change, signal);
      const settled = await (change.action === 'create' ? create(task) : update(task));
      await settleChange(store.sql, change.change, settled, hidden);
    });
  };

async function settling({ sentMs }: PoolChange, signal: AbortSignal): Promise<void> {
  const left = settlingMs - (sentMs ?? 0);
  if (left > 0) await sleep(left, undefined, { signal });
}

interface TaskParts {
  client: VibesClient;
  store: Store;
  change: PoolChange;
  hidden: readonly SettingName[];
  runId: string;
  attempt: number;
  signal: AbortSignal;
}

/** One attempt at one change. */
class Task {
  readonly client: VibesClient;
  readonly change: PoolChange;
  readonly signal: AbortSignal;
  readonly wanted: Settings;
  readonly #parts: TaskParts;

  constructor(parts: TaskParts) {
    this.client = parts.client;
    this.change = parts.change;
    this.signal = parts.signal;
    this.wanted = chosen((name) => parts.change.settings[name]);
    this.#parts = parts;
  }

  /** An earlier attempt has sent it, and its answer was lost. */
  get tried(): boolean {
    return this.change.state === 'sent';
  }

  /** Sends one request, written down before. @throws VendorUnavailableError where nobody says what came of it. */
  async send(before: Pool | null, request: () => Promise<Written>): Promise<Settled | null> {
    const { store, change, runId, attempt } = this.#parts;
    const shown = before === null ? null : this.#shown(before);
    await noteSent(store.sql, change, { runId, attempt, before: shown });
    const written = await request().catch(async (error) => {
      await noteUnsent(store.sql, change, attempt);
      throw error;
    });
    if (written.outcome === 'unknown') throw new VendorUnavailableError(written.sentence);
    return written.outcome === 'refused' ? { state: 'refused', reason: written.sentence } : null;
  }

  /** The change as it can be seen at the vendor. */
  seen(pool: Pool, remark: string | null = null): Settled {
    const missed = differencesOf(pool, this.wanted).map(({ setting }) => setting);
    const found = { poolId: pool.id, after: this.#shown(pool) };
    if (missed.length === 0) return { state: 'done', reason: remark, ...found };
    const reason = `Vibes took it, but shows another ${missed.join(', ')} than was wanted. Look with \`incentive-sync pools plan\`.`;
    return { state: 'unknown', reason, ...found };
  }

  #shown({ settings }: Pool) {
    return shownSettings(settings, this.#parts.hidden);
  }
}

async function create(task: Task): Promise<Settled> {
  const { client, change, signal, wanted, tried } = task;
  const [there, ...others] = await named(task);
  if (others.length > 0) return { state: tried ? 'unknown' : 'refused', reason: manyOf(change, others.length + 1) };
  if (there !== undefined && tried) return task.seen(there, 'The answer was lost; the pool was found by its name.');
  if (there !== undefined) {
    return {
      state: 'refused',
      reason: `Since the plan, pool ${there.id} of this name has come to be. Plan once more.`,
    };
  }
  const refusal = await task.send(null, () => client.create(wanted, signal));
  if (refusal !== null) return refusal;
  const [made, ...further] = await named(task);
  if (further.length > 0) return { state: 'unknown', reason: manyOf(change, further.length + 1) };
  return made === undefined
    ? {
        state: 'unknown',
        reason: 'Vibes took it, but does not list the pool. Look again in a while, before you repeat it.',
      }
    : task.seen(made);
}

async function named({ client, change, signal }: Task): Promise<Pool[]> {
  return (await client.pools(signal)).filter(({ settings }) => settings.name === change.name);
}

const manyOf = ({ name }: PoolChange, count: number): string =>
  `Vibes has ${count} pools called “${name}” now, so it is not known which is meant. Give the right one \`id:\`.`;

/** The vendor knows no condition for a PUT: between the look and the change a moment is left in which an edit is lost. */
async function update(task: Task): Promise<Settled> {
  const { client, change, signal, wanted, tried } = task;
  const id = change.poolId ?? '';
  const fresh = await client.pool(id, signal);
  if (fresh === null) return { state: 'refused', reason: 'Since the plan, the pool was removed. Plan once more.' };
  if (tried && differencesOf(fresh, wanted).length === 0)
    return task.seen(fresh, 'The answer was lost; the change is there.');
  if (fingerprintOf(fresh) !== change.seen) {
    return { state: 'refused', reason: 'Since the plan, somebody changed the pool at Vibes. Plan once more.' };
  }
  const refusal = await task.send(fresh, () => client.update(id, merged(fresh, wanted), signal));
  if (refusal !== null) return refusal;
  const after = await client.pool(id, signal);
  return after === null
    ? { state: 'unknown', reason: 'Vibes took it, but has no such pool any more.' }
    : task.seen(after);
}
