import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Condition, decide, keyOf } from '../../src/alerts/decide.ts';
import type { AlertKey, OpenAlert } from '../../src/store/alerts/ledger.ts';

const key = fc.record({
  rule: fc.constantFrom('failed' as const, 'stale' as const),
  connection: fc.constantFrom('portfolio', 'games'),
  subject: fc.constantFrom('', 'credits'),
});
const state = fc.constantFrom('bad' as const, 'good' as const, 'unclear' as const);

const conditionOf = (about: AlertKey, now: 'bad' | 'good' | 'unclear'): Condition => {
  if (now === 'unclear') return { ...about, state: now };
  if (now === 'good') return { ...about, state: now, recovery: 'It is well.' };
  return {
    ...about,
    state: now,
    since: '2026-03-01T06:00:00Z',
    title: '',
    text: '',
    commands: [],
    facts: {},
    channels: [],
  };
};

/** One look at everything: a condition for each thing at most. */
const look = fc
  .uniqueArray(fc.tuple(key, state), { selector: ([about]) => keyOf(about) })
  .map((pairs) => pairs.map(([about, now]) => conditionOf(about, now)));

describe('however things change', () => {
  it('each alert is raised once while it is bad, and recovers once when it is good or no longer watched', () => {
    fc.assert(
      fc.property(fc.array(look, { maxLength: 12 }), (looks) => {
        let open: OpenAlert[] = [];
        let number = 0;
        for (const conditions of looks) {
          const before = new Set(open.map(keyOf));
          const { raise, recover } = decide(conditions, open);
          const of = (wanted: Condition['state']) =>
            new Set(conditions.filter((one) => one.state === wanted).map(keyOf));
          expect(new Set(raise.map(keyOf))).toEqual(of('bad').difference(before));
          expect(raise.length).toBe(new Set(raise.map(keyOf)).size);
          const ended = new Set(recover.map(({ id }) => keyOf(open.find((alert) => alert.id === id)!)));
          expect(ended).toEqual(before.difference(of('bad')).difference(of('unclear')));

          open = open.filter(({ id }) => !recover.some((one) => one.id === id));
          open.push(...raise.map((alert) => ({ ...alert, id: String(number++), openedAt: '2026-03-01T06:00:00Z' })));
          expect(decide(conditions, open)).toEqual({ raise: [], recover: [] });
        }
      }),
    );
  });
});
