import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 300, credits: 1, utilizations: 1, incentivePrograms: 1 };

/** Short, so that what never passes is given up within a second. */
const patience = {
  firstContactTries: 3,
  contractTries: 3,
  tries: 3,
  unavailableMs: 200,
  pausesMs: 200,
  longestDelayMs: 50,
};

type Kind = Fault extends infer One ? (One extends { kind: string } ? Omit<One, 'streams'> : never) : never;

const faults: [name: string, fault: Kind, forever: { status: string; reason: RegExp }][] = [
  [
    '429 with seconds',
    { kind: 'status', status: 429, retryAfterSeconds: 0.2 },
    failed(/answered 429: it asks for a pause until \d{4}-.*Z/),
  ],
  [
    '429 with a date',
    { kind: 'status', status: 429, retryAfterSeconds: 1, retryAfterAs: 'date' },
    failed(/answered 429/),
  ],
  ['500', { kind: 'status', status: 500 }, failed(/answered 500/)],
  ['503 with Retry-After', { kind: 'status', status: 503, retryAfterSeconds: 0.1 }, failed(/answered 503/)],
  ['a body that is cut', { kind: 'cut' }, failed(/was cut|shorter or longer/)],
  ['a body that is reset', { kind: 'cut', how: 'reset' }, failed(/was cut|shorter or longer/)],
  ['no byte of an answer', { kind: 'drop' }, failed(/was cut/)],
  ['HTML with 200', { kind: 'html' }, failed(/an HTML page instead of JSON/)],
  ['success 0', { kind: 'unsuccessful' }, failed(/answered `success: 0`/)],
  ['never an answer', { kind: 'silence' }, failed(/no complete answer within 1 s/)],
  ['a slow trickle', { kind: 'trickle', bytes: 50, everyMs: 50 }, failed(/no complete answer within 1 s/)],
  ['a next that leads to itself', { kind: 'next', to: 'same' }, failed(/leads back to a page already read/)],
  ['a next that leads to the first page', { kind: 'next', to: 'first' }, failed(/leads back to a page already read/)],
  ['a next to another host', { kind: 'next', to: 'other-host' }, failed(/to another host \(elsewhere.example.test\)/)],
  ['a next that is no URL', { kind: 'next', to: { url: 'http://[' } }, failed(/is no URL/)],
  ['a next past a page', { kind: 'next', to: 'skip-one' }, partial(/says 300, but 200 different records were seen/)],
  ['a list that ends too early', { kind: 'next', to: 'end' }, partial(/says 300, but 100 different records were seen/)],
  ['a last_page too small', { kind: 'false-totals', lastPage: -3 }, { status: 'completed', reason: /^$/ }],
  ['a last_page too large', { kind: 'false-totals', lastPage: 20 }, { status: 'completed', reason: /^$/ }],
  ['a total too large', { kind: 'false-totals', total: 7 }, partial(/says 307, but 300 different records were seen/)],
  ['a total too small', { kind: 'false-totals', total: -7 }, partial(/but 300 different records were seen|removed/)],
  [
    'a redirect',
    { kind: 'redirect', to: 'https://elsewhere.example.test/login?token=x' },
    failed(/redirects to https:\/\/elsewhere.example.test, where/),
  ],
];

const large: typeof faults = [
  ['a huge body', { kind: 'huge', megabytes: 70 }, failed(/more than 64 MiB/)],
  ['a compression bomb', { kind: 'bomb', megabytes: 70 }, failed(/more than 64 MiB/)],
];

function failed(reason: RegExp) {
  return { status: 'failed', reason };
}

function partial(reason: RegExp) {
  return { status: 'partial', reason };
}

describe.each([
  { faults, timeout: '1s' },
  // Enough for 64 MiB on a machine that has other things to do.
  { faults: large, timeout: '1m' },
])('a vendor’s fault with a time-out of $timeout', ({ faults, timeout }) => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes }, connection: { streams: ['projects'], timeout } });
    await world.worker(undefined, patience);
  });
  afterAll(() => world.close());

  async function syncWith(fault: Fault) {
    await world.sql`DELETE FROM incentify.projects`;
    await world.sql`UPDATE sync.connections SET throttle = 0`;
    world.sandbox.setFaults([fault]);
    const receipt = await world.receipt(await world.start(), 30_000);
    world.sandbox.clearFaults();
    return { receipt, differences: await differences(world.sql, world.sandbox, 'projects') };
  }

  it.each(faults)('that passes, %s, costs requests and no row', async (_, fault) => {
    const { receipt, differences } = await syncWith({ ...fault, streams: ['projects'], fromPage: 2, first: 2 });
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(differences).toEqual(none);
  });

  it.each(faults)('that stays, %s, is never shown as a success', async (_, fault, { status, reason }) => {
    const { receipt, differences } = await syncWith({ ...fault, streams: ['projects'], fromPage: 2 });
    expect(receipt.status).toBe(status);
    expect(receipt.reasons.join(' ')).toMatch(reason);
    expect(receipt.reasons.join(' ')).not.toContain('token=x');
    if (status === 'completed') expect(differences).toEqual(none);
    // Whatever came of it: no row is stored wrongly, doubled, or marked as deleted.
    expect(differences).toMatchObject({ extra: 0, different: 0, doubled: 0 });
    const [deleted] =
      await world.sql`SELECT count(*)::int AS rows FROM incentify.projects WHERE deleted_at IS NOT NULL`;
    expect(deleted).toEqual({ rows: 0 });
  });
});
