import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import {
  CancellationScope,
  type ChildWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { JudgedTick } from '../activities/decide-tick.ts';
import type { Receipt } from '../receipt.ts';
import { aboutScheduled } from './about.ts';
import { setAttributes, startedWithAttributes } from './attributes.ts';
import type { bufferedTick } from './buffered-tick.ts';
import { sentence } from './failures.ts';
import {
  bufferedWorkflowId,
  type RunOptions,
  scheduledMemo,
  searchAttributeNames,
  syncWorkflowId,
  type TickRules,
} from './names.ts';
import { cancelRun, judgeTick, noteTick, pauseAfterFailures } from './proxies.ts';
import type { DueTick, TickEnd } from './ticks.ts';

/** What a tick of a schedule came to: the receipt of the run that it began, or why it began none. */
export type Tick = Receipt | (TickEnd & { connection: string; dueAt: string });

type SyncWorkflow = (connection: string, options?: RunOptions) => Promise<Receipt>;
type Run = ChildWorkflowHandle<SyncWorkflow>;

const defaultRules: TickRules = { overlap: 'skip', pauseAfterFailures: 0 };

/**
 * Started by a Temporal Schedule. A schedule adds a timestamp to the id of what it starts, so this small parent starts
 * the sync under its fixed id, which is what keeps a connection to one run at a time. The schedule lets every parent
 * begin (ALLOW_ALL), because it would only see parents: what overlaps is decided here, against the runs themselves.
 */
export async function scheduledSync(connection: string, workflowType: string, rules?: TickRules): Promise<Tick> {
  const { overlap, pauseAfterFailures: after } = { ...defaultRules, ...rules };
  const tick = dueTick(connection, overlap);
  return shown(async () => {
    const turn = await takeTurn(tick, workflowType).catch((error) => endEarly(tick, error));
    return 'outcome' in turn ? end(tick, turn) : receiptOf(turn, tick, after);
  });
}

/** Its status ends as its run's did, or as what became of it: a search for what runs does not find it any more. */
async function shown(work: () => Promise<Tick>): Promise<Tick> {
  let status = 'failed';
  try {
    const ended = await work();
    status = 'status' in ended ? ended.status : ended.outcome === 'started' ? 'cancelled' : ended.outcome;
    return ended;
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) status = 'cancelled';
    throw error;
  } finally {
    if (startedWithAttributes()) setAttributes({ [searchAttributeNames.status]: status });
  }
}

const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

function dueTick(connection: string, overlap: TickRules['overlap']): DueTick {
  const { startTime, firstExecutionRunId, typedSearchAttributes } = workflowInfo();
  return {
    tickId: firstExecutionRunId,
    connection,
    // Started by hand, it is due when it is started.
    dueAt: (typedSearchAttributes.get(scheduledStart) ?? startTime).toISOString(),
    begunAt: startTime.toISOString(),
    untakenMs: null,
    overlap,
  };
}

/** Judges until the tick has begun its run, or is to begin none. */
async function takeTurn(due: DueTick, workflowType: string): Promise<Run | TickEnd> {
  for (let tick = due; ; ) {
    const judged = await judgeTick(tick);
    tick = { ...tick, untakenMs: judged.untakenMs };
    if (judged.next === 'end') return judged;
    if (judged.next === 'start') {
      const run = await begin(tick, workflowType, judged.why);
      // Null: another was faster, so it is judged anew.
      if (run !== null) return run;
    } else {
      const end = await waitInTurn(tick, judged);
      if (end !== null) return end;
    }
  }
}

async function begin(tick: DueTick, workflowType: string, why: string | null): Promise<Run | null> {
  const { connection, dueAt } = tick;
  const run = await unlessThere(() =>
    startChild<SyncWorkflow>(workflowType, {
      workflowId: syncWorkflowId(connection),
      args: [connection, { trigger: 'schedule', dueAt }],
      ...aboutScheduled(connection, workflowType, dueAt),
      memo: { ...workflowInfo().memo, [scheduledMemo]: dueAt },
      ...asChild,
    }),
  );
  if (run === null) return null;
  const runId = run.firstExecutionRunId;
  setCurrentDetails(`Due at ${dueAt}: it began the run ${runId}. ${why ?? ''}`);
  await CancellationScope.nonCancellable(() => noteTick({ ...tick, outcome: 'started', runId, why }));
  return run;
}

const asChild = { parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL, workflowTaskTimeout: '2 seconds' } as const;

/** Null where Temporal has one of its id already. */
async function unlessThere<Child>(start: () => Promise<Child>): Promise<Child | null> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

type Waiting = Extract<JudgedTick, { next: 'wait' | 'cancel' }>;

/** Null once the run under way has ended; else what has become of the tick instead: only one of a connection waits. */
async function waitInTurn(tick: DueTick, { next, runId, why, whyNot }: Waiting): Promise<TickEnd | null> {
  const { connection, dueAt } = tick;
  const place = await unlessThere(() =>
    startChild<typeof bufferedTick>('bufferedTick', {
      workflowId: bufferedWorkflowId(connection),
      args: [tick, runId],
      staticSummary: `${connection}: due at ${dueAt}, waits for the run under way`,
      memo: { ...workflowInfo().memo },
      ...asChild,
    }),
  );
  if (place === null) return noted(tick, { outcome: 'skipped', runId, why: whyNot });
  setCurrentDetails(why);
  await noteTick({ ...tick, outcome: 'waiting', runId, why });
  if (next === 'cancel') await cancelRun({ connection, runId });
  try {
    await place.result();
    return null;
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    return noted(tick, { ...cancelled, runId });
  }
}

const cancelled = { outcome: 'cancelled', runId: null, why: 'It was cancelled before its run began.' } as const;

async function noted(tick: DueTick, end: TickEnd): Promise<TickEnd> {
  await noteTick({ ...tick, ...end });
  return end;
}

/** A tick that is cancelled while it waits leaves word of it. */
async function endEarly(tick: DueTick, error: unknown): Promise<never> {
  if (isCancellation(error)) await CancellationScope.nonCancellable(() => noted(tick, cancelled));
  throw error;
}

function end({ connection, dueAt }: DueTick, { outcome, runId, why }: TickEnd): Tick {
  setCurrentDetails(`Due at ${dueAt}: ${outcome}. ${why ?? ''}`);
  return { connection, dueAt, outcome, runId, why };
}

/** A run that was cancelled by itself leaves its tick in order; one that failed is shown as failed, and counted. */
async function receiptOf(run: Run, tick: DueTick, after: number): Promise<Tick> {
  try {
    return await run.result();
  } catch (error) {
    if (!(error instanceof Error) || CancellationScope.current().consideredCancelled) throw error;
    const runId = run.firstExecutionRunId;
    if (isCancellation(error)) return end(tick, { outcome: 'started', runId, why: 'Its run was cancelled.' });
    if (after > 0) await count(tick.connection, after, sentence(error));
    throw error;
  }
}

async function count(connection: string, after: number, why: string): Promise<void> {
  const note = await pauseAfterFailures({ connection, after, why });
  if (note !== null) setCurrentDetails(note);
}
