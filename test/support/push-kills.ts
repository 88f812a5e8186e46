import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../../src/receipt.ts';
import { Random } from '../../src/sandbox/random.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { atobiWorld, fillValues } from '../atobi/pushing.ts';
import { disagreements, resentAfterUnknown, type Truth, takenTwice, truthOf } from './push-truth.ts';
import type { Servers } from './servers.ts';
import { until } from './waiting.ts';
import type { World } from './world.ts';

/** Elements of one transfer: small, so that there are many. */
const batchElements = 5;
/** Until a transfer is taken, where many are to be sent. */
const usualLatencyMs = 100;

/** Taken at once and answered late; cut before it was taken; cut after. */
const faults: readonly Fault[] = [
  { kind: 'late', every: 2, ms: 300 },
  { kind: 'lost', every: 41 },
  { kind: 'drop', system: 'atobi', steps: ['kpi'], every: 43 },
];

interface PushKill {
  /** Deliveries that were accepted when the worker was killed. */
  accepted: number;
  /** Deliveries of both workers without an answer then. */
  sending: number;
  /** From the new worker's ready line to the next delivery. */
  goneOnAfterMs: number;
}

export interface KilledPush {
  receipt: Receipt;
  kills: PushKill[];
  truth: Truth;
  /** Deliveries that a dead worker left without an answer. */
  orphans: number;
  seconds: number;
  /** What should not be, in words; empty when all is well. */
  complaints: string[];
}

/** One line for people. */
export function describeKills({ kills, truth, orphans, seconds }: KilledPush): string {
  const moments = kills.map(({ accepted, sending }) => `delivery ${accepted}, ${sending} under way`);
  const again = `${resentAfterUnknown(truth.journal).size} elements sent again, ${takenTwice(truth)} taken twice`;
  return `killed at ${moments.join('; ')}; ${orphans} left without an answer; ${again}; ${seconds.toFixed(1)} s`;
}

/** What is wrong with the push itself beside what it has sent. */
export function killComplaints({ kills, orphans, complaints }: KilledPush): string[] {
  return [
    ...complaints,
    ...(kills.filter(({ sending }) => sending > 0).length < kills.length / 2
      ? ['most kills met no delivery under way']
      : []),
    ...(orphans === 0 ? ['no kill left a delivery without an answer'] : []),
  ];
}

/**
 * A world whose transfers take a while, so that a kill finds them in every phase. Of a push of few transfers each has to
 * take longer: it must not be over while a worker that was killed is replaced.
 */
export function worldOfSlowTransfers(
  connection: Record<string, unknown> = {},
  servers?: Servers,
  latencyMs = usualLatencyMs,
): Promise<World> {
  return atobiWorld({ batchElements, ...connection }, { latencyMs }, servers);
}

export interface KillPlan {
  kills: number;
  seed: number;
  elements: number;
  /** How often it happens that a connection is cut; both ways by default. */
  faults?: readonly Fault[];
  /** What should not be; by default anything that is not accepted. */
  judge?: (truth: Truth) => string[];
  onKill?: (kill: PushKill) => void;
}

/** Pushes with two workers, one of which is killed with SIGKILL and replaced again and again, at moments that `seed` decides. */
export async function pushUnderKills(world: World, plan: KillPlan): Promise<KilledPush> {
  const { kills, seed, elements, onKill = () => undefined } = plan;
  await fillValues(world, elements);
  world.sandbox.setFaults(plan.faults ?? faults);
  const random = new Random(seed);
  const share = (0.7 * elements) / batchElements / kills;
  const workers = [await world.workerProcess(), await world.workerProcess()] as const;
  const pair = [...workers];
  const begun = performance.now();
  const run = await world.start();
  const done: PushKill[] = [];
  for (let number = 0; number < kills; number++) {
    const target = Math.floor((number + random.below(1000) / 1000) * share);
    await until(`${target} deliveries`, async () => (await countOf(world, 'accepted')) >= target, { withinMs: 60_000 });
    await until('a delivery under way', () => isSendingOrOver(world, elements), { withinMs: 60_000 });
    await sleep(random.below(400));
    const which = random.below(2);
    await pair[which]?.kill();
    const killed = { accepted: await countOf(world, 'accepted'), sending: await countOf(world, 'sending') };
    const worker = await world.workerProcess();
    pair[which] = worker;
    await until('the next delivery', async () => (await sentAfter(world, worker.readyAt)) || isSent(world));
    const kill = { ...killed, goneOnAfterMs: Date.now() - worker.readyAt };
    done.push(kill);
    onKill(kill);
  }
  const receipt = await world.receipt(run, 600_000);
  const seconds = (performance.now() - begun) / 1000;
  const truth = await truthOf(world);
  const orphans = await orphansOf(world);
  const complaints = plan.judge?.(truth) ?? disagreements(truth, elements);
  return { receipt, kills: done, truth, orphans, seconds, complaints };
}

async function countOf({ sql }: World, state: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`SELECT count(*)::int FROM atobi.deliveries WHERE state = ${state}`;
  return row?.count ?? 0;
}

async function isSendingOrOver(world: World, elements: number): Promise<boolean> {
  return (await countOf(world, 'sending')) > 0 || (await countOf(world, 'accepted')) * batchElements >= elements;
}

async function sentAfter({ sql }: World, time: number): Promise<boolean> {
  const [row] = await sql<{ any: boolean }[]>`
    SELECT EXISTS (SELECT FROM atobi.deliveries WHERE sent_at > ${new Date(time).toISOString()}::timestamptz) AS any`;
  return row?.any === true;
}

/** The other worker may have sent all that was left meanwhile. */
async function isSent({ sql }: World): Promise<boolean> {
  const [row] = await sql<{ left: boolean }[]>`
    SELECT EXISTS (SELECT FROM atobi.batches WHERE state IN ('open', 'sending')) AS left`;
  return row?.left === false;
}

async function orphansOf({ sql }: World): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::int FROM atobi.deliveries WHERE state = 'unknown' AND explanation LIKE 'The worker that sent it ended%'`;
  return row?.count ?? 0;
}
