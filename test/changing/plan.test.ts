import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/activities/judge.ts';
import type { PassFindings, Rules } from '../../src/rules.ts';
import { advanced, afterPass, asking, forced, planOf, type StreamPlan } from '../../src/workflows/stream-plan.ts';
import { verdictOf } from '../../src/workflows/verdict.ts';
import { addsUp, Ledger, type ShownPass, tells } from './ledger.ts';

const rules = fc.record<Rules>({
  confirmDeletes: fc.constantFrom('now', 'now', 'next-run', 'off'),
  maxDeletePercent: fc.constantFrom(0, 20, 100),
  maxQuarantinePercent: fc.constantFrom(1, 50),
});

type Shown = Omit<ShownPass, 'run' | 'pass'> & { putAside: number };

/** Mostly what a calm source shows, and each way in which a pass can fall short. */
const shown: fc.Arbitrary<Shown> = fc
  .record({
    pages: fc.array(fc.array(fc.nat(30), { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
    doubles: fc.boolean(),
    anonymous: fc.constantFrom(0, 0, 0, 1, 5),
    putAside: fc.constantFrom(0, 0, 0, 3, 40),
    wrong: fc.constantFrom(0, 0, 0, 0, 1, -1),
    grown: fc.constantFrom(0, 0, 3),
    says: fc.constantFrom(true, true, true, true, false),
  })
  .map(({ doubles, wrong, grown, says, ...rest }) => {
    const pages = doubles ? rest.pages : withoutDoubles(rest.pages);
    const last = Math.max(0, new Set(pages.flat()).size + rest.anonymous + wrong);
    const totals = pages.map((_, index) => (says ? (index === 0 ? Math.max(0, last + grown) : last) : null));
    return { ...rest, pages, totals };
  });

function withoutDoubles(pages: number[][]): number[][] {
  const seen = new Set<number>();
  return pages.map((page) => page.filter((id) => !seen.has(id) && seen.add(id)));
}

interface Ended {
  plan: StreamPlan;
  passes: (ShownPass & { putAside: number })[];
}

/** One run of one stream: reads passes, as the workflow does, until the plan is settled. */
function runOnce(run: number, source: () => Shown, ledger: Ledger, using: Rules): Ended {
  let plan = planOf('projects');
  const passes: Ended['passes'] = [];
  while (plan.state !== 'settled' && passes.length < 50) {
    const pass = { ...source(), run, pass: plan.pass };
    passes.push(pass);
    plan = advanced(asking(plan, 0), true, pass.pages.length);
    plan = afterPass(plan, { ...ledger.findings(pass), putAside: pass.putAside }, ledger.note(pass), using);
  }
  return { plan, passes };
}

const statusOf = (plan: StreamPlan, using: Rules) => judge('ended', [verdictOf(plan, using)], []);

describe('whatever passes show, a run of a stream', () => {
  const runs = fc.array(fc.array(shown, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });
  const check = (property: (ended: Ended, using: Rules, ledger: Ledger) => void) =>
    fc.assert(
      fc.property(runs, rules, (sources, using) => {
        const ledger = new Ledger();
        for (const [run, source] of sources.entries()) {
          let next = 0;
          const ended = runOnce(run, () => source[Math.min(next++, source.length - 1)]!, ledger, using);
          property(ended, using, ledger);
          if (ended.plan.sweep) ledger.sweep();
        }
      }),
      { numRuns: 2000 },
    );

  it('ends: it reads at most twice again, and once to confirm', () => {
    check(({ plan, passes }) => {
      expect(plan.state).toBe('settled');
      expect(passes.filter((pass) => !addsUp(pass)).length).toBeLessThanOrEqual(3);
      expect(passes.length).toBeLessThanOrEqual(4);
    });
  });

  it('is partial when its last pass did not add up, and says which and why', () => {
    check(({ plan, passes }, using) => {
      if (addsUp(passes.at(-1)!)) return;
      const { status, reasons } = statusOf(plan, using);
      expect(status).toBe('partial');
      expect(reasons.join(' ')).toMatch(/^projects: .*(the source says|shown twice|were removed).* in [123] passes/);
    });
  });

  it('is partial when the source does not say how many there are, without reading again for that', () => {
    check(({ plan, passes }, using) => {
      if (!addsUp(passes.at(-1)!) || passes.at(-1)!.totals.at(-1) !== null) return;
      expect(statusOf(plan, using)).toMatchObject({ status: 'partial' });
      expect(plan.incomplete).toMatch(/does not say how many/);
      expect(passes.filter(addsUp).length).toBeLessThanOrEqual(2);
    });
  });

  it('is as of its newest complete pass, of none when none added up', () => {
    check(({ plan, passes }, using) => {
      const told = passes.filter((pass) => addsUp(pass) && pass.totals.at(-1) !== null && !tooMany(pass, using));
      expect(verdictOf(plan, using).asOf).toBe(told.length === 0 ? null : `${told.at(-1)!.run}/${told.at(-1)!.pass}`);
    });
  });

  it('deletes only what two complete passes did not show', () => {
    check(({ plan }, _using, ledger) => {
      if (plan.sweep === null) return;
      // The ledger knows a row as confirmed only after two passes that add up, tell a total and name every record.
      expect(plan.sweep).toMatchObject({ digest: ledger.confirmed().join(','), count: ledger.confirmed().length });
      expect(plan.sweep.count).toBeGreaterThan(0);
    });
  });

  it('deletes nothing after a pass that falls short, of an unknown total, with records unnamed or too many put aside', () => {
    check(({ plan, passes }, using) => {
      const last = passes.at(-1)!;
      if (tells(last) && !tooMany(last, using) && using.confirmDeletes !== 'off') return;
      expect(plan.sweep).toBeNull();
    });
  });

  it('asks a person before it deletes more than ten rows and more than the percentage', () => {
    check(({ plan }, { maxDeletePercent }) => {
      if (plan.sweep === null) return;
      const { count, live, approved } = plan.sweep;
      expect(approved).toBe(count <= 10 || (count / live) * 100 <= maxDeletePercent);
    });
  });

  it('does not keep silent about rows that the source did not show and that stay', () => {
    check(({ plan, passes }, using, ledger) => {
      if (!addsUp(passes.at(-1)!) || passes.at(-1)!.totals.at(-1) === null || tooMany(passes.at(-1)!, using)) return;
      const shownLast = new Set(passes.at(-1)!.pages.flat());
      const stays = [...ledger.live].filter((id) => !shownLast.has(id)).length - (plan.sweep?.count ?? 0);
      const told = statusOf(plan, using).reasons.join(' ');
      if (stays > 0) expect(told).toContain(stays === 1 ? '1 row was not shown' : `${stays} rows were not shown`);
      else expect(told).not.toContain('not shown');
    });
  });
});

function tooMany({ pages, anonymous, putAside }: Shown, { maxQuarantinePercent }: Rules): boolean {
  const seen = new Set(pages.flat()).size + anonymous;
  return (putAside > 0 && putAside >= seen) || (putAside > 10 && (putAside / seen) * 100 > maxQuarantinePercent);
}

describe('a forced resync', () => {
  const calm = (count: number): Shown => {
    const ids = Array.from({ length: count }, (_, id) => id);
    return { pages: [ids], anonymous: 0, totals: [count], putAside: 0 };
  };
  const now: Rules = { confirmDeletes: 'now', maxDeletePercent: 20, maxQuarantinePercent: 1 };

  it('begins again once, however many there were, and rewrites', () => {
    const begun = advanced(asking(planOf('projects'), 0), false, 3);
    const again = forced(begun);
    expect(again).toMatchObject({ pass: 2, state: 'reading', rewrite: true, rereads: 0 });
    expect(forced(forced(again))).toEqual(again);
  });

  it('before the first page is one pass, not two', () => {
    expect(forced(planOf('projects'))).toMatchObject({ pass: 1, rewrite: true });
    expect(forced(asking(planOf('projects'), 0))).toMatchObject({ pass: 2 });
    expect(forced(advanced(asking(planOf('projects'), 0), false, 0))).toMatchObject({ pass: 1, rewrite: true });
  });

  it('drops a sweep that nobody has made yet, and what the passes before it fell short of', () => {
    const ledger = new Ledger();
    runOnce(1, () => calm(40), ledger, now);
    const { plan } = runOnce(2, () => calm(20), ledger, now);
    expect(plan.sweep).toMatchObject({ count: 20, live: 40, approved: false });
    expect(forced(plan)).toMatchObject({ sweep: null, state: 'reading', left: 0, confirming: false });
    const short = runOnce(3, () => ({ ...calm(5), totals: [6] }), ledger, now).plan;
    expect(short.incomplete).not.toBeNull();
    expect(forced(short)).toMatchObject({ incomplete: null, rereads: 0 });
  });
});

describe('the brake', () => {
  const using: Rules = { confirmDeletes: 'now', maxDeletePercent: 20, maxQuarantinePercent: 1 };
  const confirmed = (count: number, live: number): PassFindings => ({
    ...{ distinct: live - count, shown: live - count, total: live - count, anonymous: 0, putAside: 0 },
    ...{ shrank: false, startedAt: 'then' },
  });
  const sweepOf = (count: number, live: number) =>
    afterPass(
      planOf('projects'),
      confirmed(count, live),
      { live, unseen: count, missing: count, confirmed: count, digest: 'd' },
      using,
    ).sweep;

  it.each([
    [11, 40, false],
    [10, 20, true],
    [10, 10, true],
    [11, 55, true],
    [12, 55, false],
    [10_000, 10_000, false],
  ])('lets %i of %i rows go without a person: %s', (count, live, approved) => {
    expect(sweepOf(count, live)).toMatchObject({ count, live, approved });
  });
});
