import { describe, expect, it } from 'vitest';
import { decideTick, type FullRun, type JudgeableTick } from '../../src/activities/decide-tick.ts';
import type { RunUnderWay } from '../../src/workflows/ticks.ts';

/** `at(5)`: five seconds after the hour. */
const at = (seconds: number): string => new Date(Date.UTC(2025, 5, 2, 10) + seconds * 1000).toISOString();

function due(
  overlap: JudgeableTick['overlap'],
  seconds: { dueAt?: number; begunAt?: number; untaken?: number } = {},
): JudgeableTick {
  const { dueAt = 0 } = seconds;
  const { begunAt = dueAt } = seconds;
  const { untaken = 0 } = seconds;
  return { tickId: 't', connection: 'x', dueAt: at(dueAt), begunAt: at(begunAt), untakenMs: untaken * 1000, overlap };
}

const run = (begunAt: number): RunUnderWay => ({ runId: 'r', begunAt: at(begunAt), full: false, installation: null });
const full = (begunAt: number, status = 'completed'): FullRun => ({ runId: 'f', begunAt: at(begunAt), status });
const overlaps = ['skip', 'buffer_one', 'cancel_other'] as const;

describe('a tick of a schedule', () => {
  it.each(overlaps)('with %s begins a run where none is under way', (overlap) => {
    expect(decideTick(due(overlap), { underWay: null, newestFull: null })).toEqual({ next: 'start', why: null });
    expect(decideTick(due(overlap), { underWay: null, newestFull: full(-1) })).toEqual({ next: 'start', why: null });
  });

  it('does what its overlap says where a run is under way that began before it', () => {
    const judged = overlaps.map((overlap) => decideTick(due(overlap), { underWay: run(-60), newestFull: null }));
    expect(judged).toEqual([
      {
        next: 'end',
        outcome: 'skipped',
        runId: 'r',
        why: 'It was left out for the run r, under way since 2025-06-02 09:59:00 UTC (overlap: skip).',
      },
      {
        next: 'wait',
        runId: 'r',
        why: 'It waits for the run r, under way since 2025-06-02 09:59:00 UTC.',
        whyNot: 'One is waiting already (overlap: buffer_one).',
      },
      {
        next: 'cancel',
        runId: 'r',
        why: 'It cancelled the run r, under way since 2025-06-02 09:59:00 UTC (overlap: cancel_other).',
        whyNot:
          'One waits already until the run r, under way since 2025-06-02 09:59:00 UTC, is cancelled (overlap: cancel_other).',
      },
    ]);
  });

  it('does not cancel what began after it', () => {
    const judged = decideTick(due('cancel_other'), { underWay: run(1), newestFull: null });
    expect(judged).toMatchObject({ next: 'end', outcome: 'skipped', runId: 'r' });
  });

  it.each(overlaps)('with %s is served by a full run that began after it, and says why it came so late', (overlap) => {
    const waited = due(overlap, { untaken: 58 });
    const served = { next: 'end', outcome: 'served', runId: 'f' };
    expect(decideTick(waited, { underWay: run(58), newestFull: full(58, 'running') })).toEqual({
      ...served,
      why: 'No worker took it for 58 s. The run f, which began at 2025-06-02 10:00:58 UTC, served it.',
    });
    expect(decideTick(waited, { underWay: null, newestFull: full(59, 'failed') })).toEqual({
      ...served,
      why: 'No worker took it for 58 s. The run f, which began at 2025-06-02 10:00:59 UTC and is failed, served it.',
    });
  });

  it.each(overlaps)('with %s that Temporal began late is served by what others like it have begun', (overlap) => {
    const caughtUp = due(overlap, { begunAt: 100 });
    expect(decideTick(caughtUp, { underWay: null, newestFull: full(99) })).toMatchObject({
      outcome: 'served',
      why: expect.stringMatching(/^Temporal began it 100 s after its time\. The run f, /),
    });
    const alone = { next: 'start', why: 'Temporal began it 100 s after its time.' };
    expect(decideTick(caughtUp, { underWay: null, newestFull: full(-1) })).toEqual(alone);
    expect(decideTick(caughtUp, { underWay: null, newestFull: full(40) })).toEqual(alone);
  });

  it('that is in time is not served by what began before it', () => {
    expect(decideTick(due('skip', { begunAt: 4 }), { underWay: null, newestFull: full(3) })).toMatchObject({
      next: 'start',
    });
  });
});
