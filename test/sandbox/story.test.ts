import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { takeStep, threeNightsAgo } from '../../src/sandbox/story.ts';

describe('the story of the demo', () => {
  const sandboxes: Sandbox[] = [];
  afterEach(() => Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close())));

  const told = async (steps: number) => {
    const sandbox = await startSandbox({ port: 0, neoday: { only: ['all-coupons'], rows: 100 } });
    sandboxes.push(sandbox);
    for (let step = 1; step <= steps; step++) takeStep(sandbox, step, new Date(Date.UTC(2026, 0, 1, 0, step)));
    const texts = (stream: string) => [...sandbox.records('incentify', stream)].map(({ text }) => text);
    return {
      projects: texts('projects'),
      utilizations: texts('utilizations'),
      results: sandbox.neoday.results('all-coupons'),
    };
  };

  it('adds, changes and removes records, always the same at the same step', async () => {
    const [before, after, again] = [await told(0), await told(6), await told(6)];
    expect(after.utilizations).toEqual(again.utilizations);
    expect(after.projects).toEqual(again.projects);
    const gone = before.utilizations.filter((text) => !after.utilizations.includes(text));
    const added = after.utilizations
      .filter((text) => !before.utilizations.includes(text))
      .map((text) => JSON.parse(text));
    expect(gone).toHaveLength(2);
    expect(added.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6].map((step) => 900_000_000 + step));
    expect(added[0]).toMatchObject({ updated_at: '2026-01-01T00:01:00Z', credit: { id: expect.any(Number) } });
    expect(after.results).toHaveLength(before.results.length + 1);
    expect(after.projects.filter((text) => text.includes('"updated_at":"2026-01-01'))).toHaveLength(3);
  });

  it('has one project that no longer fits for a while', async () => {
    const spoilt = async (steps: number) =>
      (await told(steps)).projects.filter((text) => text.includes('"two"')).length;
    expect([await spoilt(1), await spoilt(2), await spoilt(11), await spoilt(12)]).toEqual([0, 1, 1, 0]);
  });

  it.each([
    ['2026-03-02T02:00:09.000Z', '2026-02-27T02:00:10.000Z'],
    ['2026-03-02T02:00:10.000Z', '2026-02-28T02:00:10.000Z'],
  ])('begins at %s with the exports of three nights, the newest the last night’s', (now, oldest) => {
    expect(new Date(threeNightsAgo(new Date(now))).toISOString()).toBe(oldest);
  });
});
