import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Schedule, scheduleDefaults } from '../../src/config/schedule.ts';
import { connectTemporal, TemporalUnreachableError } from '../../src/operations/connect.ts';
import { scheduleInWords } from '../../src/operations/schedule-definition.ts';
import { applySchedules } from '../../src/operations/schedules.ts';
import { registerSearchAttributes } from '../../src/operations/search-attributes.ts';
import { openTestTemporal, startTestWorker, type TestTemporal } from './temporal.ts';

let temporal: TestTemporal;

const quarterly: Schedule = { ...scheduleDefaults, kind: 'every', everyMs: 900_000 };
const daily: Schedule = { ...scheduleDefaults, kind: 'cron', cron: '0 6 * * *', timezone: 'Europe/Amsterdam' };
const ours = { installation: 'ours', searchAttributes: true };

const apply = (schedules: Record<string, Schedule | undefined>, context = ours) =>
  applySchedules(
    temporal.client,
    Object.entries(schedules).map(([name, schedule]) => ({ name, system: 'incentify' as const, schedule })),
    context,
  );

beforeAll(async () => {
  temporal = await openTestTemporal();
});

afterAll(() => temporal.stop());

describe('search attributes', () => {
  it('are registered once, also when two do it at the same moment', async () => {
    const both = await Promise.all([
      registerSearchAttributes(temporal.client),
      registerSearchAttributes(temporal.client),
    ]);
    expect(both.map(({ ready }) => ready)).toEqual([true, true]);
    expect(await registerSearchAttributes(temporal.client)).toEqual({ ready: true, registered: [] });
  });
});

describe('schedules', () => {
  it('are created, left alone when right, changed and removed as the configuration says', async () => {
    const [created] = await apply({ portfolio: quarterly });
    expect(created).toMatchObject({ connection: 'portfolio', change: 'created' });
    expect(created?.next?.getTime()).toBeGreaterThan(Date.now());
    expect((created?.next?.getTime() ?? Number.NaN) % 900_000).toBe(0);
    expect(await apply({ portfolio: quarterly })).toMatchObject([{ change: 'unchanged' }]);
    expect(await apply({ portfolio: daily })).toMatchObject([{ change: 'updated' }]);
    const described = await temporal.client.schedule.getHandle('sync/portfolio').describe();
    expect(described.spec.timezone).toBe('Europe/Amsterdam');
    expect(described.policies.overlap).toBe('ALLOW_ALL');
    await expect.poll(() => apply({ portfolio: undefined })).toMatchObject([{ change: 'removed', next: null }]);
    await expect(temporal.client.schedule.getHandle('sync/portfolio').describe()).rejects.toThrow();
  });

  it('keep the pause that a person has set', async () => {
    await apply({ paused: quarterly });
    const handle = temporal.client.schedule.getHandle('sync/paused');
    await handle.pause('holidays');
    expect(await apply({ paused: quarterly })).toMatchObject([{ change: 'unchanged', next: null }]);
    expect(await apply({ paused: daily })).toMatchObject([{ change: 'updated', next: null }]);
    expect((await handle.describe()).state).toMatchObject({ paused: true, note: 'holidays' });
    await handle.delete();
  });

  it('of another installation are neither changed nor removed', async () => {
    await apply({ shared: quarterly }, { ...ours, installation: 'theirs' });
    expect(await apply({ shared: daily })).toMatchObject([{ connection: 'shared', change: 'foreign', next: null }]);
    expect(await apply({})).toEqual([]);
    const described = await temporal.client.schedule.getHandle('sync/shared').describe();
    expect(described.spec.intervals?.[0]?.every).toBe(900_000);
  });

  it('start the small parent with the connection and its workflow type', async () => {
    const stopWorker = await startTestWorker(temporal);
    await apply({ ticking: { ...quarterly, kind: 'every', everyMs: 86_400_000 } });
    await temporal.client.schedule.getHandle('sync/ticking').trigger();
    let found: { id: string; type: string }[] = [];
    const started = async () => {
      const list = temporal.client.workflow.list({ query: "SyncConnection = 'ticking'" });
      found = [];
      for await (const { workflowId, type } of list) found.push({ id: workflowId, type });
      return found;
    };
    await expect
      .poll(started, { timeout: 15_000 })
      .toEqual([{ id: expect.stringMatching(/^scheduled\/ticking-/), type: 'scheduledSync' }]);
    // As it was seen: what can be searched may be behind again at the next look.
    const [parent] = found;
    expect(await temporal.client.workflow.getHandle(parent!.id).result()).toBe('portfolioSync of ticking');
    await stopWorker();
  });

  it('are worded in the largest unit that fits', () => {
    expect(scheduleInWords(quarterly)).toBe('every 15 min');
    expect(scheduleInWords({ kind: 'every', everyMs: 5_400_000 })).toBe('every 90 min');
    expect(scheduleInWords(daily)).toBe('cron 0 6 * * * (Europe/Amsterdam)');
  });
}, 30_000);

describe('a Temporal that does not answer', () => {
  it('is named with its address and what to do', async () => {
    const attempt = connectTemporal({ address: '127.0.0.1:9' }, { patience: 500 });
    await expect(attempt).rejects.toThrow(TemporalUnreachableError);
    await expect(attempt).rejects.toThrow(/127\.0\.0\.1:9 does not answer\. Start it, or correct TEMPORAL_ADDRESS/);
  });

  it('is waited for, saying so, until it is back or the signal comes', async () => {
    const leaving = new AbortController();
    const said: string[] = [];
    const attempt = connectTemporal(
      { environment: { TEMPORAL_ADDRESS: '127.0.0.1:9' } },
      { patience: Number.POSITIVE_INFINITY, signal: leaving.signal, onWait: (text) => said.push(text) },
    );
    const ended = expect(attempt).rejects.toThrow('enough');
    await expect.poll(() => said[0], { timeout: 10_000 }).toContain('Temporal at 127.0.0.1:9 does not answer yet');
    leaving.abort(new Error('enough'));
    await ended;
  });

  it('is a mistake in the configuration when its profile cannot be read', async () => {
    const environment = { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml', TEMPORAL_PROFILE: 'cloud' };
    await expect(connectTemporal({ environment })).rejects.toThrow(/client configuration cannot be used/);
  });
}, 30_000);
