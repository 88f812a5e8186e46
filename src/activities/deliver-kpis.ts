import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { AtobiConnection } from '../config/systems/atobi.ts';
import { AuthenticationError, DatabaseError, LeaseLostError, SyncError } from '../errors.ts';
import { healthOf, noteTrouble, recordAnswer, refusedTokens } from '../store/atobi/answers.ts';
import { answered, type Budget, takeSlotAlone, type Wait } from '../store/atobi/budget.ts';
import { type Delivery, type NextStep, takeDelivery } from '../store/atobi/deliveries.ts';
import { type PushProgress, progressOf } from '../store/atobi/progress.ts';
import type { KpiAnswer } from '../vendors/atobi/answer.ts';
import { writeBody } from '../vendors/atobi/body.ts';
import { beating } from './beating.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { vendorFailure } from './failed-attempt.ts';
import { asFailure } from './failure.ts';
import { note } from './journal.ts';
import { afterTrouble, type Circumstances, type JudgedAnswer, judgeAnswer } from './kpi-outcome.ts';
import { Pulse } from './pulse.ts';
import { stopIfWanted } from './stopping.ts';

export interface DeliverKpisInput {
  connection: string;
  runId: string;
  /** Grows with each `deliverKpis` of the run. */
  lease: number;
  /** A person said that the envelope is right although nothing was ever accepted with it. */
  trusted: boolean;
  /** The newest delivery at the last doubt; 0 where there was none. */
  doubtedUpTo: number;
  /** The vendor has not answered this run yet. */
  firstContact: boolean;
}

/** `sent`: there may be more. `wait`: nothing may be sent for `waitMs`. `doubt`: no delivery would be taken, and why. */
export type DeliveredKpis = { progress: PushProgress } & (
  | { next: 'sent' | 'done' }
  | { next: 'wait'; waitMs: number; because: Wait | 'others' }
  | { next: 'doubt'; doubt: string }
);

type Next = Exclude<NextStep, { step: 'send' }> | { step: 'sent' } | { step: 'wrong'; sentence: string };

/** A slot that becomes free within a moment is waited for here: a timer of the workflow would cost more. */
const shortWaitMs = 1_200;
const shortWaits = 3;
/** A worker that stood still for longer must not send what nobody may expect of it any more. */
const freshMs = 2_000;
/** Together less than the time after which a worker that does not beat is given up. */
const startWithinMs = 2_000;
/** Until another lane's answer may be there. */
const othersPollMs = 500;
/** Two batches each. */
const mostHalvings = 1_000;

export const createDeliverKpis = (dependencies: ActivityDependencies) =>
  /**
   * One transfer at most: takes a batch and a slot of the budget, writes the delivery into the journal, sends it and notes
   * the answer. What is under way is never broken off, since its answer would be lost.
   */
  function deliverKpis(input: DeliverKpisInput): Promise<DeliveredKpis> {
    return beating(async () => {
      try {
        const next = await deliver(dependencies, input);
        if (next.step === 'wait' && next.because === 'budget') await noteBudget(dependencies, input, next.waitMs);
        return { ...told(next), progress: await progressOf(dependencies.store.sql, input.connection, input.runId) };
      } catch (error) {
        // The patience was measured over all that the connection was asked, not over attempts of this step.
        if (error instanceof GivenUp) throw asFailure(error.why, { retry: false }, dependencies.redact);
        stopIfWanted(Context.current().cancellationSignal);
        const { attempt: failures } = Context.current().info;
        const tries = { failures, contractFailures: failures, idleMs: 0, firstContact: input.firstContact };
        throw await vendorFailure(dependencies, input.connection, error, tries);
      }
    });
  };

function told(next: Next) {
  if (next.step === 'wait') return { next: 'wait', waitMs: next.waitMs, because: next.because } as const;
  if (next.step === 'wrong') return { next: 'doubt', doubt: next.sentence } as const;
  if (next.step === 'doubt') return { next: 'doubt', doubt: doubtSentence(next) } as const;
  return { next: next.step } as const;
}

function doubtSentence({ doubt: { context, http, refusals, alike } }: Extract<Next, { step: 'doubt' }>): string {
  const times = refusals === 1 ? 'the delivery' : `${refusals} deliveries`;
  return `Atobi refused ${times} of the context ${context}${alike ? ' alike' : ''} (HTTP ${http}) and has never accepted one, so \`type\`, \`apiVersion\` or the KPI’s \`context\` may be wrong rather than the values; nothing was put aside.`;
}

async function deliver(dependencies: ActivityDependencies, input: DeliverKpisInput): Promise<Next> {
  const { cancellationSignal: signal } = Context.current();
  const connection = connectionOf('atobi', dependencies.connection(input.connection));
  const pulse = new Pulse(freshMs);
  try {
    const waiting = await haveToken(dependencies, connection, input, signal);
    if (waiting !== null) return waiting;
    const next = await takeInTime(dependencies, connection, input, { signal, pulse });
    return next.step === 'send' ? await send(dependencies, connection, input, next.sending) : next;
  } finally {
    pulse.stop();
  }
}

/** What the vendor's failures came to is beyond all patience. */
class GivenUp extends Error {
  readonly why: SyncError;

  constructor(why: SyncError) {
    super(why.message);
    this.why = why;
  }
}

const others = { step: 'wait', waitMs: othersPollMs, because: 'others' } as const;

const budgetOf = ({ name, requestsPerMinute, timeout }: AtobiConnection): Budget => ({
  connection: name,
  requestsPerMinute,
  timeoutMs: timeout,
});

/** Null once a token is there. The request for one counts like any other, and its failure holds back the connection. */
async function haveToken(
  dependencies: ActivityDependencies,
  connection: AtobiConnection,
  { firstContact, runId }: DeliverKpisInput,
  signal: AbortSignal,
): Promise<Next | null> {
  const { sql } = dependencies.store;
  const taken: number[] = [];
  const take = async () => {
    const slot = await takeSlotAlone(sql, budgetOf(connection), 'token');
    if ('waitMs' in slot) throw new NoSlot({ step: 'wait', ...slot });
    taken.push(slot.request);
  };
  try {
    await dependencies.atobi(connection).ready(signal, take);
    return null;
  } catch (error) {
    if (error instanceof NoSlot) return error.wait;
    if (!(error instanceof SyncError) || ofOurs(error) || error.kind === 'Authentication') throw error;
    // Whoever made the request tells of it: one failure is one, however many wait for the token.
    if (taken.length === 0) return others;
    const circumstances = await circumstancesOf(dependencies, connection.name, firstContact, null);
    const { holdMs } = afterTrouble(error, circumstances);
    if (holdMs === null) throw new GivenUp(error);
    await noteTrouble(sql, connection.name, holdMs, error.message);
    await note(dependencies, { runId, kind: kindOf(error), waitSeconds: holdMs / 1000, note: error.message });
    return { step: 'wait', waitMs: holdMs, because: 'vendor' };
  } finally {
    for (const request of taken) await answered(sql, request);
  }
}

class NoSlot extends Error {
  readonly wait: Extract<Next, { step: 'wait' }>;

  constructor(wait: Extract<Next, { step: 'wait' }>) {
    super('no slot of the budget is free');
    this.wait = wait;
  }
}

const ofOurs = (error: SyncError): boolean => error instanceof DatabaseError || error instanceof LeaseLostError;

async function circumstancesOf(
  { store, patience }: ActivityDependencies,
  connection: string,
  firstContact: boolean,
  delivery: number | null,
): Promise<Circumstances> {
  return { health: await healthOf(store.sql, connection, delivery), firstContact, patience };
}

async function takeInTime(
  { store }: ActivityDependencies,
  connection: AtobiConnection,
  { runId, lease, trusted, doubtedUpTo }: DeliverKpisInput,
  { signal, pulse }: { signal: AbortSignal; pulse: Pulse },
): Promise<NextStep> {
  const { name, type, apiVersion, onUnknown } = connection;
  const taking = {
    deliverer: { connection: name, runId, lease, attempt: Context.current().info.attempt },
    budget: budgetOf(connection),
    envelope: { type, apiVersion },
    onUnknown,
    trusted,
    doubtedUpTo,
    write: (context: string, elements: Parameters<typeof writeBody>[0]['elements']) =>
      writeBody({ type, context, elements }),
  };
  for (let waits = 0; ; waits += 1) {
    signal.throwIfAborted();
    if (pulse.stoodStill) return others;
    const next = await takeDelivery(store.sql, taking);
    const long = next.step !== 'wait' || next.because === 'vendor' || next.waitMs > shortWaitMs;
    if (long || waits === shortWaits) return next;
    await sleep(next.waitMs, undefined, { signal });
  }
}

async function send(
  dependencies: ActivityDependencies,
  connection: AtobiConnection,
  input: DeliverKpisInput,
  { delivery, body, takenAt }: Delivery,
): Promise<Next> {
  const fresh = Math.abs(Date.now() - takenAt) < freshMs;
  // Never aborted: the request has a time-out of its own.
  const client = dependencies.atobi(connection);
  const answer = fresh ? await client.push(body, new AbortController().signal, startWithinMs) : stale;
  const { outcome, giveUp } = await persistently(() => noteAnswer(dependencies, connection, input, delivery, answer));
  await noteHold(dependencies, input, outcome.holdMs, answer);
  if (giveUp !== null) throw giveUp instanceof AuthenticationError ? giveUp : new GivenUp(giveUp);
  if (answer.why === 'configuration') return { step: 'wrong', sentence: answer.sentence };
  if (outcome.holdMs !== null) return { step: 'wait', waitMs: outcome.holdMs, because: 'vendor' };
  return { step: 'sent' };
}

/** What the whole connection waits after an answer, noted by whoever got it. */
async function noteHold(
  dependencies: ActivityDependencies,
  { runId }: DeliverKpisInput,
  holdMs: number | null,
  { why, sentence }: KpiAnswer,
): Promise<void> {
  if (holdMs === null) return;
  const kind = why === 'rateLimited' ? 'rate-limited' : 'unavailable';
  await note(dependencies, { runId, kind, waitSeconds: holdMs / 1000, note: sentence });
}

function noteBudget(dependencies: ActivityDependencies, { runId }: DeliverKpisInput, waitMs: number): Promise<void> {
  return note(dependencies, { runId, kind: 'budget', waitSeconds: waitMs / 1000 });
}

const kindOf = (error: SyncError) => (error.kind === 'RateLimited' ? 'rate-limited' : 'unavailable');

async function noteAnswer(
  dependencies: ActivityDependencies,
  { name, onUnknown }: AtobiConnection,
  { runId, firstContact }: DeliverKpisInput,
  delivery: number,
  answer: KpiAnswer,
): Promise<JudgedAnswer> {
  const { sql } = dependencies.store;
  const circumstances = await circumstancesOf(dependencies, name, firstContact, delivery);
  const tokens = answer.why === 'token' ? await refusedTokens(sql, name, runId) : 0;
  const judged = judgeAnswer(answer, circumstances, tokens);
  await recordAnswer(sql, { connection: name, runId, onUnknown, mostHalvings }, delivery, judged.outcome);
  return judged;
}

const stale: KpiAnswer = {
  kind: 'refused',
  why: 'transient',
  http: null,
  status: null,
  answer: '',
  sent: false,
  sentence: 'The worker stood still between writing the delivery down and sending it. Nothing was sent.',
};

const triesWhenUnwanted = 8;
const recordPauseMs = 500;

/**
 * An answer that is not written down makes its delivery unknown, so the database gets all the time that it needs to come
 * back. A worker that is to stop, or whose attempt another has taken over, waits some seconds.
 */
async function persistently<T>(record: () => Promise<T>): Promise<T> {
  const { cancellationSignal } = Context.current();
  for (let left = triesWhenUnwanted; ; left -= cancellationSignal.aborted ? 1 : 0) {
    try {
      return await record();
    } catch (error) {
      if (!(error instanceof DatabaseError) || left <= 1) throw error;
      await sleep(recordPauseMs);
    }
  }
}
