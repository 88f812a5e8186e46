import type { Fault } from '../../src/sandbox/sandbox.ts';
import { fillValues, kpiRequests } from '../atobi/pushing.ts';
import type { World } from './world.ts';

/** How many requests finding that many elements at fault may cost: docs say so. */
export function mostRequests(elements: number, poison: number, batchElements: number): number {
  return Math.ceil(elements / batchElements) + 2 * poison * Math.ceil(Math.log2(batchElements));
}

/** Values of users u1 … of which some are refused. */
export async function pushPoison(world: World, elements: number, poison: readonly string[], more: Partial<Fault> = {}) {
  await fillValues(world, elements);
  world.sandbox.setFaults([{ kind: 'refuse', users: [...poison], ...more } as Fault]);
  const receipt = await world.receipt(await world.start(), 600_000);
  const aside = await world.sql<{ user: string; reason: string }[]>`
    SELECT raw_text::json ->> 'user_id' AS user, reason FROM sync.quarantine WHERE resolved_at IS NULL ORDER BY id`;
  return {
    receipt,
    aside: [...aside],
    accepted: world.sandbox.atobi.accepted(),
    requests: kpiRequests(world).length,
  };
}

/** What should not be, in words. */
export function poisonComplaints(
  pushed: Awaited<ReturnType<typeof pushPoison>>,
  plan: { elements: number; poison: readonly string[]; batchElements: number },
): string[] {
  const { receipt, aside, accepted, requests } = pushed;
  const { elements, poison, batchElements } = plan;
  const most = mostRequests(elements, poison.length, batchElements);
  const found = aside.map(({ user }) => user).toSorted();
  const sent = new Set(accepted.map(({ userId }) => userId));
  return [
    ...(receipt.status === 'completed' ? [] : [`the run ended ${receipt.status}: ${receipt.reasons.join(' ')}`]),
    ...(found.join() === poison.toSorted().join() ? [] : [`put aside: ${found.join()}`]),
    ...(sent.size === elements - poison.length ? [] : [`${sent.size} elements are accepted`]),
    ...(accepted.some(({ takenAt }) => takenAt.length > 1) ? ['an element was accepted twice'] : []),
    ...(poison.some((user) => sent.has(user)) ? ['an element at fault was accepted'] : []),
    ...(requests <= most ? [] : [`${requests} requests, more than ${most}`]),
    ...aside.filter(({ reason }) => !/HTTP 4\d\d\): \{.+/.test(reason)).map(({ reason }) => `no answer: ${reason}`),
  ];
}
