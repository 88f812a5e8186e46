import { setTimeout as sleep } from 'node:timers/promises';
import { atobiWorld, busiestWindow, fillValues } from '../atobi/pushing.ts';
import type { Servers } from './servers.ts';
import type { World } from './world.ts';

const windowMs = 60_000;

export interface Used {
  requestsPerMinute: number;
  seconds: number;
  /** Arrivals within that time, KPI and token requests together. */
  arrived: number;
  /** The most in any window of 60 s. */
  busiest: number;
  /** Of the budget, in each whole window since the first arrival. */
  percentByWindow: number[];
  /** Of the budget over all whole windows. */
  percent: number;
  tooMany: number;
  complaints: string[];
}

export interface BudgetPlan {
  seconds: number;
  requestsPerMinute: number;
  /** How long the vendor takes for an answer. */
  latencyMs?: number;
}

/** A world with the limit that the connection is told, and two worker processes. */
export async function worldOfTwoWorkers({ requestsPerMinute, latencyMs = 150 }: BudgetPlan, servers?: Servers) {
  const world = await atobiWorld({ requestsPerMinute, batchElements: 1 }, { requestsPerMinute, latencyMs }, servers);
  await Promise.all([world.workerProcess(), world.workerProcess()]);
  return world;
}

/** Pushes more than the budget lets through in that time, and counts what arrives. */
export async function useBudget(world: World, plan: BudgetPlan, onWindow?: (arrived: number) => void): Promise<Used> {
  const { seconds, requestsPerMinute } = plan;
  await fillValues(world, Math.ceil((requestsPerMinute * (seconds + 120)) / 60));
  await world.start();
  const first = await firstArrival(world);
  for (let at = first + windowMs; at < first + seconds * 1000; at += windowMs) {
    await sleep(at - Date.now());
    onWindow?.(arrivals(world).length);
  }
  await sleep(first + seconds * 1000 - Date.now());
  return judge(world, plan, first);
}

const requests = (world: World) => world.sandbox.journal({ system: 'atobi' });
const arrivals = (world: World): number[] => requests(world).map(({ receivedAt }) => receivedAt);

async function firstArrival(world: World): Promise<number> {
  for (;;) {
    const [first] = arrivals(world);
    if (first !== undefined) return first;
    await sleep(20);
  }
}

function judge(world: World, { seconds, requestsPerMinute }: BudgetPlan, first: number): Used {
  const within = arrivals(world).filter((arrival) => arrival < first + seconds * 1000);
  const windows = Math.floor((seconds * 1000) / windowMs);
  const perWindow = Array.from(
    { length: windows },
    (_, index) => within.filter((arrival) => Math.floor((arrival - first) / windowMs) === index).length,
  );
  const percentOf = (count: number, minutes: number) => Math.round((1000 * count) / (requestsPerMinute * minutes)) / 10;
  const used = {
    requestsPerMinute,
    seconds,
    arrived: within.length,
    busiest: busiestWindow(within, windowMs),
    percentByWindow: perWindow.map((count) => percentOf(count, 1)),
    percent: percentOf(
      perWindow.reduce((sum, count) => sum + count, 0),
      windows,
    ),
    tooMany: requests(world).filter(({ status }) => status === 429).length,
  };
  return { ...used, complaints: complaintsOf(used) };
}

function complaintsOf({ busiest, requestsPerMinute, percent, tooMany }: Omit<Used, 'complaints'>): string[] {
  return [
    ...(tooMany > 0 ? [`${tooMany} answers were 429`] : []),
    ...(busiest > requestsPerMinute ? [`a window of 60 s had ${busiest} requests`] : []),
    ...(percent < 95 ? [`only ${percent} % of the budget were used`] : []),
  ];
}
