import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { type AppliedPlan, startApply } from '../../src/operations/pool-changes.ts';
import type { RawRecord } from '../../src/sandbox/records.ts';
import { changesOf, managedPools, type NewChange, planChanges } from '../../src/store/vibes/changes.ts';
import { type Declared, type PlannedPool, planPools } from '../../src/vendors/vibes/plan.ts';
import { readPool } from '../../src/vendors/vibes/wire.ts';
import type { World } from '../support/world.ts';

export const spring = {
  name: 'Spring',
  issuance_allowed: true,
  redemption_allowed: false,
  incentive_codes: { low_threshold: 10, max_characters: 12 },
  distribution: { method: 'unique' },
  notification_email_address: 'spring@example.test',
} as const;

/** What is there, as objects. */
export function poolsAt({ sandbox }: World): { id: number; name: string; [name: string]: unknown }[] {
  return [...sandbox.records('vibes', 'pools')].map(({ text }: RawRecord) => JSON.parse(text));
}

export async function plan(world: World, declared: readonly Declared[]): Promise<PlannedPool[]> {
  const listed = [...world.sandbox.records('vibes', 'pools')].flatMap(({ text }) => readPool(text) ?? []);
  return planPools(declared, listed, await managedPools(world.sql, 'coupons'));
}

export interface Started {
  plan: string;
  /** Null where another apply was under way. */
  handle: WorkflowHandle<(connection: string, plan: string) => Promise<AppliedPlan>> | null;
}

/** Writes a plan down and starts the workflow, as `pools apply` does. */
export async function start(world: World, planned: readonly PlannedPool[]): Promise<Started> {
  const changes = planned.flatMap((one): NewChange[] => {
    if (one.kind === 'create') {
      return [{ action: 'create', poolId: null, name: one.name, settings: { ...one.settings }, seen: null }];
    }
    if (one.kind !== 'update') return [];
    return [{ action: 'update', poolId: one.id, name: one.name, settings: { ...one.settings }, seen: one.fingerprint }];
  });
  const id = randomUUID();
  await planChanges(world.sql, { connection: 'coupons', plan: id }, changes);
  const [row] = await world.sql<{ id: string }[]>`SELECT id::text FROM sync.installation`;
  const wanted = { connection: 'coupons', plan: id, changes: changes.length };
  const whose = { installation: row?.id ?? 'none', searchAttributes: true };
  return { plan: id, handle: await startApply(world.client, wanted, whose) };
}

/** Carries a plan out; gives its counts and its rows of the journal. */
export async function apply(world: World, planned: readonly PlannedPool[]) {
  const { plan: id, handle } = await start(world, planned);
  if (handle === null) throw new Error('another apply is under way');
  const applied = await handle.result();
  return { applied, changes: await changesOf(world.sql, 'coupons', id) };
}

export const steps = ({ sandbox }: World) => sandbox.journal().map(({ step }) => step);
