import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Schedule, scheduleDefaults } from '../../src/config/schedule.ts';
import { backfillSchedule, dueTimes } from '../../src/operations/schedule-backfill.ts';
import { pausedByConfiguration, pausedInWords } from '../../src/operations/schedule-notes.ts';
import { tickState, triggerSchedule } from '../../src/operations/schedule-trigger.ts';
import { viewSchedule } from '../../src/operations/schedule-view.ts';
import { intervalWarnings } from '../../src/operations/schedule-warnings.ts';
import { applySchedules } from '../../src/operations/schedules.ts';
import { registerSearchAttributes } from '../../src/operations/search-attributes.ts';
import { openTestTemporal, startTestWorker, type TestTemporal } from './temporal.ts';

let temporal: TestTemporal;

const ours = { installation: 'ours', searchAttributes: true };
const hourly: Schedule = { ...scheduleDefaults, kind: 'every', everyMs: 3_600_000 };
const connection = (name: string, schedule?: Schedule) => ({ name, system: 'incentify' as const, schedule });
const handleOf = (name: string) => temporal.client.schedule.getHandle(`sync/${name}`);

beforeAll(async () => {
  temporal = await openTestTemporal();
  await registerSearchAttributes(temporal.client);
});

afterAll(() => temporal.stop());

describe('the view of a schedule', () => {
  it('says what the file wants, what Temporal has, and its next three runs', async () => {
    const view = (schedule?: Schedule) => viewSchedule(temporal.client, connection('seen', schedule), ours);
    expect(await view()).toMatchObject({ state: 'none', due: null, next: [] });
    expect(await view(hourly)).toMatchObject({ state: 'missing', due: 'every 1 h', next: [] });
    await applySchedules(temporal.client, [connection('seen', hourly)], ours);
    const active = await view(hourly);
    expect(active).toMatchObject({ state: 'active', differences: [], rules: { overlap: 'skip', catchup: '1h' } });
    expect(active.next.map((time) => time.getTime() % 3_600_000)).toEqual([0, 0, 0]);
    await handleOf('seen').pause('holidays');
    expect(await view({ ...hourly, jitterMs: 5000 })).toMatchObject({
      ...{ state: 'paused', note: 'holidays', next: [] },
      differences: [{ key: 'jitter', from: '0s', to: '5s' }],
    });
    expect(await view()).toMatchObject({ state: 'unwanted' });
    const theirs = { ...ours, installation: 'theirs' };
    expect(await viewSchedule(temporal.client, connection('seen', hourly), theirs)).toMatchObject({ state: 'foreign' });
    await handleOf('seen').delete();
  });
});

describe('a schedule that is triggered', () => {
  it('starts its small parent, which waits for a worker and then tells what came of it', async () => {
    await applySchedules(temporal.client, [connection('due', hourly)], ours);
    await handleOf('due').pause('holidays');
    const handle = handleOf('due');
    const started = await triggerSchedule(handle, await handle.describe(), 10_000, AbortSignal.timeout(20_000));
    expect(started!.workflowId).toMatch(/^scheduled\/due-/);
    expect(await tickState(temporal.client, started!)).toEqual({ outcome: 'waiting' });
    const stopWorker = await startTestWorker(temporal);
    await expect.poll(() => tickState(temporal.client, started!), { timeout: 20_000 }).toEqual({ outcome: 'started' });
    await stopWorker();
    await handle.delete();
  });
}, 60_000);

describe('a range of due times', () => {
  it('counts both of its ends, and is handed over once each, although the schedule is paused', async () => {
    await applySchedules(temporal.client, [connection('past', hourly)], ours);
    await handleOf('past').pause('holidays');
    const at = (hour: string) => new Date(`2026-01-01T${hour}:00Z`);
    const range = { from: at('03:00'), to: at('05:00') };
    const times = [at('03:00'), at('04:00'), at('05:00')];
    expect(await dueTimes(temporal.client, 'sync/past', range)).toEqual(times);
    expect(await dueTimes(temporal.client, 'sync/past', { from: at('03:01'), to: at('03:59') })).toEqual([]);
    await backfillSchedule(handleOf('past'), range);
    const ticks = async () => {
      const { recentActions } = (await handleOf('past').describe()).info;
      return recentActions.map(({ action }) => action.workflow.workflowId).toSorted();
    };
    const expected = ['03', '04', '05'].map((hour) => `scheduled/past-2026-01-01T${hour}:00:00Z`);
    await expect.poll(ticks, { timeout: 15_000 }).toEqual(expected);
    await handleOf('past').delete();
  });
}, 60_000);

describe('an interval that is shorter than the last run took', () => {
  const minute: Schedule = { ...hourly, kind: 'every', everyMs: 60_000 };
  const cron: Schedule = { ...hourly, kind: 'cron', cron: '0,5 6 * * *', timezone: 'UTC' };
  it.each([
    [
      'every minute',
      minute,
      61,
      /^a is due every 1 min, but its last whole run took 61 s: due times in between are skip/,
    ],
    ['every minute, in its time', minute, 60, null],
    [
      'one after the other',
      { ...minute, overlap: 'buffer_one' as const },
      90,
      /without a pause \(overlap: buffer_one\)/,
    ],
    ['cancelled', { ...minute, overlap: 'cancel_other' as const }, 90, /none may ever reach its end/],
    ['by cron', cron, 301, /^a is due by cron 0,5 6 \* \* \* \(UTC\), but/],
    ['by cron, in its time', cron, 300, null],
    ['daily', { ...cron, cron: '@daily' }, 86_401, /due by cron @daily/],
  ])('is told: %s', (_, schedule, seconds, sentence) => {
    const warnings = intervalWarnings([connection('a', schedule)], new Map([['a', seconds]]));
    expect(warnings).toEqual(sentence === null ? [] : [expect.stringMatching(sentence)]);
  });

  it('is not told where nothing has run or nothing is scheduled', () => {
    expect(intervalWarnings([connection('a', minute), connection('b')], new Map([['b', 1e6]]))).toEqual([]);
  });
});

describe('a paused schedule', () => {
  it('is told with who paused it and what to type', () => {
    expect(pausedInWords('a', pausedByConfiguration)).toMatch(/by the configuration.*type incentive-sync apply$/);
    expect(pausedInWords('a', 'paused after 3 failed runs')).toBe(
      'Its schedule was paused after 3 failed runs. Once it is mended: incentive-sync schedule resume a',
    );
    const told =
      'Paused after 2 failed runs in a row, the last: no. Once it is mended: incentive-sync schedule resume a';
    expect(pausedInWords('a', told)).toBe(`Its schedule was p${told.slice(1)}`);
    expect(pausedInWords('a', 'holidays')).toBe(
      'Its schedule is paused: holidays. Let it go on: incentive-sync schedule resume a',
    );
    expect(pausedInWords('a', '')).toBe('Its schedule is paused. Let it go on: incentive-sync schedule resume a');
  });
});
