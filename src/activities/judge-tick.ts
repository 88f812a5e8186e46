import { Context } from '@temporalio/activity';
import { ConfigurationError } from '../errors.ts';
import { readWanted, waitsForTick, writeTick } from '../store/ticks.ts';
import type { DueTick, RunUnderWay } from '../workflows/ticks.ts';
import { asking } from './asking.ts';
import { type Decision, decideTick, type FullRun, type JudgeableTick, type JudgedTick } from './decide-tick.ts';
import type { ActivityDependencies } from './dependencies.ts';

export const createJudgeTick = (dependencies: ActivityDependencies) =>
  /** Looks at what is under way and says what a tick of a schedule is to do; one that has nothing to do is noted. */
  function judgeTick(tick: DueTick): Promise<JudgedTick> {
    const { store, redact, ticks } = dependencies;
    return asking(redact, async () => {
      const untakenMs = tick.untakenMs ?? untaken(tick.begunAt);
      const judged = await judge(dependencies, { ...tick, untakenMs });
      if (judged.next === 'end') await writeTick(store.sql, { ...tick, ...judged });
      const mayBeParked = judged.next === 'wait' || (judged.next === 'end' && judged.outcome === 'skipped');
      // Temporal takes 10,000 signals of a run: in one that waits for a person they would add up until it takes no other.
      if (mayBeParked && (await waitsForTick(store.sql, judged.runId))) await ticks.tell(tick.connection);
      return { ...judged, untakenMs };
    });
  };

/** An earlier attempt was taken, and lost with its worker or ended by an outage: then this one's own wait counts. */
function untaken(begunAt: string): number {
  const { attempt, currentAttemptScheduledTimestampMs } = Context.current().info;
  return Date.now() - (attempt === 1 ? Date.parse(begunAt) : currentAttemptScheduledTimestampMs);
}

async function judge(dependencies: ActivityDependencies, tick: JudgeableTick): Promise<Decision> {
  const { store, ticks } = dependencies;
  const { connection } = tick;
  if (!isConfigured(dependencies, connection)) return leftOut(notConfigured(connection));
  const underWay = await ticks.underWay(connection);
  if (underWay !== null && isForeign(dependencies, underWay)) return leftOut(foreign(connection));
  const wanted = await readWanted(store.sql, connection, underWay?.runId ?? null);
  const known = { underWay: wanted.underWay?.full ?? underWay?.full ?? false, newest: wanted.newestFull };
  if (underWay !== null && known.underWay) {
    const status = wanted.underWay?.status ?? 'running';
    return decideTick(tick, { underWay, newestFull: { ...underWay, status } });
  }
  return decideTick(tick, { underWay, newestFull: await withBegin(dependencies, connection, known.newest) });
}

/** By Temporal's clock, like the tick: the database may have another. What Temporal has forgotten is long ago. */
async function withBegin(
  { ticks }: ActivityDependencies,
  connection: string,
  run: { runId: string; status: string } | null,
): Promise<FullRun | null> {
  const begun = run === null ? null : await ticks.begunAt(connection, run.runId);
  return run === null || begun === null ? null : { ...run, begunAt: begun.toISOString() };
}

/** Whether this worker's configuration has a connection of this name. */
export function isConfigured({ connection }: Pick<ActivityDependencies, 'connection'>, name: string): boolean {
  try {
    connection(name);
    return true;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}

function isForeign({ installation }: ActivityDependencies, underWay: RunUnderWay): boolean {
  return installation !== undefined && underWay.installation !== null && underWay.installation !== installation;
}

/** Nobody's parked run is told: there is none of ours. */
const leftOut = (why: string): Decision => ({ next: 'end', outcome: 'skipped', runId: null, why });

const notConfigured = (connection: string): string =>
  `The configuration has no connection \`${connection}\` any more. Type \`incentive-sync apply\` to remove its schedule.`;

const foreign = (connection: string): string =>
  `Another installation is syncing a connection \`${connection}\` in this Temporal namespace. Give this connection another name, or use another namespace.`;
