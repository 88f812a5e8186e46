import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ScheduleSpec } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Schedule, scheduleDefaults } from '../../src/config/schedule.ts';
import { pausedByConfiguration } from '../../src/operations/schedule-notes.ts';
import { applySchedules, planSchedules } from '../../src/operations/schedules.ts';
import { registerSearchAttributes } from '../../src/operations/search-attributes.ts';
import { temporalCli } from '../support/temporal-cli.ts';
import { openTestTemporal, type TestTemporal } from './temporal.ts';

let temporal: TestTemporal;

const hourly: Schedule = { ...scheduleDefaults, kind: 'every', everyMs: 3_600_000 };
const ours = { installation: 'ours', searchAttributes: true };

const connectionsOf = (schedules: Record<string, Schedule>) =>
  Object.entries(schedules).map(([name, schedule]) => ({ name, system: 'incentify' as const, schedule }));
const apply = (schedules: Record<string, Schedule>, context = ours) =>
  applySchedules(temporal.client, connectionsOf(schedules), context);
const plan = (schedules: Record<string, Schedule>, context = ours) =>
  planSchedules(temporal.client, connectionsOf(schedules), context);
const handleOf = (name: string) => temporal.client.schedule.getHandle(`sync/${name}`);
const cron = (expression: string): Schedule => ({ ...hourly, kind: 'cron', cron: expression, timezone: 'UTC' });

/** Each test has the namespace to itself: what an earlier one left would be removed by the next apply. */
async function emptied(): Promise<void> {
  await expect.poll(() => apply({}), { timeout: 10_000 }).toEqual([]);
}

beforeAll(async () => {
  temporal = await openTestTemporal();
  await registerSearchAttributes(temporal.client);
});

afterAll(() => temporal.stop());

describe('a schedule', () => {
  it('is told with every key that changes, from what to what, and is right afterwards', async () => {
    await apply({ a: hourly });
    const changed: Schedule = {
      ...cron('*/20 8-17 * * MON-FRI'),
      ...{ timezone: 'Europe/Amsterdam', jitterMs: 30_000, overlap: 'buffer_one', catchupMs: 60_000 },
      ...{ pauseAfterFailures: 3, paused: true },
    } as Schedule;
    const [planned] = await plan({ a: changed });
    expect(planned).toMatchObject({ connection: 'a', change: 'updated', paused: null });
    expect(planned!.differences.map(({ key, from, to }) => `${key}: ${from} → ${to}`)).toEqual([
      'every: 1h → null',
      'cron: null → */20 8-17 * * MON-FRI',
      'timezone: null → Europe/Amsterdam',
      'jitter: 0s → 30s',
      'overlap: skip → buffer_one',
      'catchup: 1h → 1m',
      'pauseAfterFailures: 0 → 3',
      'paused: false → true',
    ]);
    expect((await handleOf('a').describe()).policies.catchupWindow).toBe(3_600_000);
    expect(await apply({ a: changed })).toMatchObject([
      { change: 'updated', next: null, paused: pausedByConfiguration },
    ]);
    expect(await plan({ a: changed })).toMatchObject([{ change: 'unchanged', differences: [] }]);
    const { action, memo, spec, policies, state } = await handleOf('a').describe();
    expect(action).toMatchObject({
      workflowType: 'scheduledSync',
      args: ['a', 'portfolioSync', { overlap: 'buffer_one', pauseAfterFailures: 3 }],
      memo: { installation: 'ours', connection: 'a', system: 'incentify', madeBy: 'incentive-sync apply' },
    });
    expect(memo).toMatchObject({ installation: 'ours', madeBy: 'incentive-sync apply' });
    expect(spec).toMatchObject({ jitter: 30_000, timezone: 'Europe/Amsterdam' });
    expect(policies).toMatchObject({ overlap: 'ALLOW_ALL', catchupWindow: 60_000 });
    expect(state.paused).toBe(true);
    await emptied();
  });

  it('that is planned is not made, changed or removed', async () => {
    expect(await plan({ a: hourly })).toMatchObject([{ change: 'created', next: null }]);
    await expect(handleOf('a').describe()).rejects.toThrow();
    await apply({ a: hourly });
    await expect.poll(() => plan({})).toMatchObject([{ connection: 'a', change: 'removed' }]);
    expect((await handleOf('a').describe()).state.paused).toBe(false);
    await emptied();
  });

  it.each([
    ...['*/7 * * * *', '5/15 * * * *', '0 6 * * 7', '0 6 * * 5-7', '0 6 1 * MON', '0 0 1,15 JAN-JUN,DEC *'],
    ...['0-59 * * * *', '1-10/3,30 */5 2-30/2 * *', '@hourly', '@daily', '@midnight', '@weekly', '@monthly'],
    ...['@yearly', '@annually', '0 8 * * sun,tue'],
  ])('by cron `%s` is found to be right once it is', async (expression) => {
    await apply({ cron: cron(expression) });
    expect(await plan({ cron: cron(expression) })).toMatchObject([{ change: 'unchanged', differences: [] }]);
  });

  it('written in another way for the same times changes in its labels only', async () => {
    await apply({ cron: cron('0-59/30 6 * * SUN') });
    expect(await apply({ cron: cron('0,30 6 * * 7') })).toMatchObject([
      { change: 'updated', differences: [{ key: 'labels' }] },
    ]);
    await emptied();
  });
}, 60_000);

describe('pauses', () => {
  it('of the configuration end with it; those of a person and after failures stay', async () => {
    const paused = { ...hourly, paused: true };
    expect(await apply({ a: paused })).toMatchObject([
      { change: 'created', next: null, paused: pausedByConfiguration },
    ]);
    expect(await apply({ a: hourly })).toMatchObject([
      { change: 'updated', differences: [{ key: 'paused', from: 'true', to: 'false' }], paused: null },
    ]);
    for (const note of ['holidays', 'paused after 3 failed runs']) {
      await handleOf('a').pause(note);
      expect(await apply({ a: hourly })).toMatchObject([{ change: 'unchanged', paused: note }]);
      expect(await apply({ a: paused })).toMatchObject([{ change: 'unchanged', paused: note }]);
    }
    await emptied();
  });
}, 60_000);

describe('two that apply at the same moment', () => {
  it('make, change and remove each schedule once, and neither fails', async () => {
    const names = ['a', 'b', 'c'];
    const all = (schedule: Schedule) => Object.fromEntries(names.map((name) => [name, schedule]));
    for (const schedule of [hourly, cron('0 6 * * *'), { ...hourly, jitterMs: 5_000 }]) {
      await Promise.all([apply(all(schedule)), apply(all(schedule))]);
      const after = await plan(all(schedule));
      expect(after.map(({ change }) => change)).toEqual(names.map(() => 'unchanged'));
    }
    await expect.poll(() => plan({})).toHaveLength(names.length);
    const removed = (await Promise.all([apply({}), apply({})])).flat();
    expect(removed.map(({ connection }) => connection).sort()).toEqual(names);
    await emptied();
  });
}, 60_000);

describe('what a person has changed', () => {
  const byHand = (...args: string[]) =>
    promisify(execFile)(temporalCli(), [
      ...['schedule', ...args, '--schedule-id', 'sync/a'],
      ...['--address', temporal.address, '--namespace', temporal.namespace],
    ]);

  it('with `temporal schedule update` is found and put right', async () => {
    await apply({ a: hourly });
    await byHand(
      ...['update', '--interval', '2h', '--overlap-policy', 'Skip', '--workflow-id', 'mine', '--type', 'mine'],
      ...['--task-queue', 'mine', '--remaining-actions', '5'],
    );
    const [found] = await plan({ a: hourly });
    expect(found!.differences.map(({ key, from, to }) => `${key}: ${from} → ${to}`)).toEqual([
      'every: 2h → 1h',
      'overlap: null → skip',
      'catchup: 365d → 1h',
      'pauseAfterFailures: null → 0',
      'limits: 5 more times → null',
      'policies: other → ours',
      'action: other → ours',
    ]);
    expect(await apply({ a: hourly })).toMatchObject([{ change: 'updated' }]);
    expect(await plan({ a: hourly })).toMatchObject([{ change: 'unchanged' }]);
    await emptied();
  });

  it('by offset, seconds and limits of time is found as well', async () => {
    await apply({ a: hourly });
    const spec: ScheduleSpec = { intervals: [{ every: '1h', offset: '5m' }], endAt: new Date('2040-01-01T00:00:00Z') };
    await handleOf('a').update((now) => ({ ...now, spec }));
    expect((await plan({ a: hourly }))[0]!.differences).toEqual([
      { key: 'every', from: '1h from 5m on', to: '1h' },
      { key: 'limits', from: 'not after 2040-01-01T00:00:00.000Z', to: null },
    ]);
    await handleOf('a').update((now) => ({ ...now, spec: { calendars: [{ hour: 6, second: 30 }] } }));
    expect((await plan({ a: cron('0 6 * * *') }))[0]!.differences[0]).toEqual({
      key: 'cron',
      from: '0 6 * * * at second 30',
      to: '0 6 * * *',
    });
    await emptied();
  });
}, 60_000);

describe('another installation', () => {
  it('keeps its schedules, whatever ours plans and applies', async () => {
    const theirs = { ...ours, installation: 'theirs' };
    await apply({ shared: hourly, only: hourly }, theirs);
    const before = await Promise.all([handleOf('shared').describe(), handleOf('only').describe()]);
    expect(await plan({ shared: cron('0 6 * * *') })).toMatchObject([{ connection: 'shared', change: 'foreign' }]);
    expect(await apply({ shared: cron('0 6 * * *') })).toMatchObject([{ connection: 'shared', change: 'foreign' }]);
    expect(await apply({})).toEqual([]);
    const after = await Promise.all([handleOf('shared').describe(), handleOf('only').describe()]);
    expect(after.map(({ spec, action }) => [spec, action])).toEqual(before.map(({ spec, action }) => [spec, action]));
  });
}, 60_000);
