import { describe, expect, it } from 'vitest';
import { conditionsOf } from '../../src/alerts/conditions.ts';
import type { WatchedConnection } from '../../src/alerts/watch.ts';
import { type AlertRule, defaultRules } from '../../src/config/alerts/settings.ts';
import type { AlertFacts, KnownPool, KnownRuns } from '../../src/store/alerts/facts.ts';
import type { OpenAlert } from '../../src/store/alerts/ledger.ts';

const now = '2026-03-01T12:00:00.000Z';
const minutesAgo = (minutes: number) => new Date(Date.parse(now) - minutes * 60_000).toISOString();

const newest: KnownRuns['newest'] = {
  runId: 'r2',
  status: 'running',
  statusAt: minutesAgo(1),
  finishedAt: null,
  waitsFor: null,
  waitsStream: null,
  waitsWhy: null,
};
const ended: NonNullable<KnownRuns['ended']> = {
  runId: 'r1',
  status: 'completed',
  finishedAt: minutesAgo(10),
  reasons: [],
};

const keptFile = {
  connection: 'portfolio',
  export: 'win-info',
  view: 'neoday.current_win_info',
  resultId: '7',
  createdAt: minutesAgo(60),
  rows: 3,
  rowsBefore: 300,
  digest: 'd',
};

interface Case {
  connection?: Partial<WatchedConnection>;
  rules?: readonly AlertRule[];
  newest?: Partial<KnownRuns['newest']>;
  ended?: Partial<KnownRuns['ended']> | null;
  facts?: Partial<AlertFacts>;
  open?: Partial<OpenAlert>[];
}

/** What there is to say of one connection, like `bad stale credits`; of what is good only what it ends. */
function told(given: Case): string[] {
  return look(given).map(({ state, rule, subject }) => [state, rule, subject].filter((part) => part !== '').join(' '));
}

function look({ connection, rules = defaultRules, facts, open = [], ...runs }: Case) {
  const watched: WatchedConnection = { name: 'portfolio', system: 'incentify', streams: [], ...connection };
  const end = runs.ended === null ? null : { ...ended, ...runs.ended };
  const known: KnownRuns = {
    connection: 'portfolio',
    firstStartedAt: minutesAgo(600),
    newest: { ...newest, ...runs.newest },
    ended: end,
  };
  const all: AlertFacts = { now, runs: [known], streams: [], keptFiles: [], putAside: [], pools: [], ...facts };
  const opened = open.map((one, index) => ({
    id: String(index),
    rule: 'failed' as const,
    connection: 'portfolio',
    subject: '',
    openedAt: minutesAgo(30),
    ...one,
  }));
  const channels = [{ name: 'ops' }, { name: 'mail' }] as never;
  const settings = { channels, rules, every: 60_000, giveUpAfter: 86_400_000 };
  const conditions = conditionsOf({ connections: [watched], settings }, all, opened);
  const isOpen = (rule: string, subject: string) => opened.some((one) => one.rule === rule && one.subject === subject);
  return conditions.filter(({ state, rule, subject }) => state === 'bad' || isOpen(rule, subject));
}

describe('a run', () => {
  it.each<[string, Case, string[]]>([
    ['that failed', { ended: { status: 'failed' } }, ['bad failed']],
    ['that is partial', { ended: { status: 'partial' } }, ['bad partial']],
    ['that completed after others failed', { open: [{}] }, ['good failed']],
    [
      'that is partial after others failed',
      { ended: { status: 'partial' }, open: [{}] },
      ['good failed', 'bad partial'],
    ],
    [
      'that failed after one was partial',
      { ended: { status: 'failed' }, open: [{ rule: 'partial' }] },
      ['bad failed', 'unclear partial'],
    ],
    ['that is parked', { newest: { status: 'parked', waitsFor: 'credential' } }, ['bad parked']],
    ['that tries again after it was parked', { open: [{ rule: 'parked' }] }, ['unclear parked']],
    ['that has gone on for long', { newest: { statusAt: minutesAgo(6) }, open: [{ rule: 'parked' }] }, ['good parked']],
    ['that was parked and ended', { newest: { finishedAt: now }, open: [{ rule: 'parked' }] }, ['good parked']],
    [
      'that waits with deletes',
      { newest: { status: 'parked', waitsFor: 'deletes', waitsStream: 'credits' } },
      ['bad approval credits'],
    ],
    ['that waits with a push', { newest: { status: 'parked', waitsFor: 'push' } }, ['bad approval']],
    ['with a file that has too few rows', { facts: { keptFiles: [keptFile] } }, ['bad approval win-info']],
    [
      'with a file that was agreed to',
      { open: [{ rule: 'approval', subject: 'win-info' }], newest: { finishedAt: now } },
      ['good approval win-info'],
    ],
    ['that was decided about', { open: [{ rule: 'approval', subject: 'credits' }] }, ['good approval credits']],
    [
      'that is paused while it waits',
      { newest: { status: 'paused' }, open: [{ rule: 'approval', subject: 'credits' }] },
      ['unclear approval credits'],
    ],
  ])('%s', (_what, given, expected) => {
    expect(told(given)).toEqual(expected);
  });
});

describe('a stream', () => {
  const streams = [{ connection: 'portfolio', stream: 'credits', asOf: minutesAgo(90) }];
  const connection = { streams: ['credits'] };
  const stale = (freshWithin?: number): AlertRule[] => [{ on: 'stale', ...(freshWithin ? { freshWithin } : {}) }];
  const hour = 3_600_000;

  it.each<[string, Case, string[]]>([
    [
      'within its limit',
      { rules: stale(2 * hour), open: [{ rule: 'stale', subject: 'credits' }] },
      ['good stale credits'],
    ],
    ['beyond its limit', { rules: stale(hour) }, ['bad stale credits']],
    [
      'of a schedule, three ticks late',
      { rules: stale(), connection: { ...connection, schedule: { kind: 'every', everyMs: hour / 2.1 } } },
      ['bad stale credits'],
    ],
    [
      'of a schedule, a tick late',
      { rules: stale(), connection: { ...connection, schedule: { kind: 'every', everyMs: hour } } },
      [],
    ],
    [
      'of exports, which are as old as the vendor makes them',
      { rules: stale(), connection: { ...connection, system: 'neoday', schedule: { kind: 'every', everyMs: 60_000 } } },
      [],
    ],
    ['without limit and schedule', { rules: stale() }, []],
    ['that never was complete', { rules: stale(hour), facts: { streams: [] } }, ['bad stale credits']],
    [
      'that another rule covers first',
      { rules: [{ on: 'stale', streams: ['credits'], freshWithin: 3 * hour }, ...stale(hour)] },
      [],
    ],
    ['that no rule covers', { rules: [{ on: 'stale', connections: ['games'], freshWithin: hour }] }, []],
  ])('%s', (_what, given, expected) => {
    expect(told({ connection, facts: { streams }, ...given })).toEqual(expected);
  });

  it('with records put aside is told beyond what is nothing to tell', () => {
    const putAside = [{ connection: 'portfolio', stream: 'credits', open: 3, firstSeenAt: minutesAgo(5) }];
    const open = [{ rule: 'quarantine' as const, subject: 'credits' }];
    expect(told({ facts: { putAside } })).toEqual(['bad quarantine credits']);
    expect(told({ facts: { putAside }, rules: [{ on: 'quarantine', moreThan: 3 }], open })).toEqual([
      'good quarantine credits',
    ]);
    expect(told({ open })).toEqual(['good quarantine credits']);
  });
});

describe('a pool', () => {
  const pool: KnownPool = {
    connection: 'portfolio',
    id: '9007199254740993',
    name: 'Summer',
    remaining: 500,
    lowThreshold: 100,
    issuedPerDay: 50,
    runsOutAt: null,
  };
  const inDays = (days: number) => new Date(Date.parse(now) + days * 86_400_000).toISOString();
  const of = (changes: Partial<KnownPool>) => ({ facts: { pools: [{ ...pool, ...changes }] } });
  const lowOpen = [{ rule: 'pool-low' as const, subject: pool.id }];
  const dryOpen = [{ rule: 'pool-dry' as const, subject: pool.id }];

  it.each<[string, Case, string[]]>([
    ['above its threshold', { ...of({}), open: lowOpen }, [`good pool-low ${pool.id}`]],
    ['at its threshold', of({ remaining: 100 }), [`bad pool-low ${pool.id}`]],
    ['at the rule’s own', { ...of({}), rules: [{ on: 'pool-low', threshold: 500 }] }, [`bad pool-low ${pool.id}`]],
    [
      'of another name than the rule’s',
      { ...of({}), rules: [{ on: 'pool-low', pools: ['Winter'], threshold: 500 }] },
      [],
    ],
    ['whose codes are not told', { ...of({ remaining: null }), open: lowOpen }, [`unclear pool-low ${pool.id}`]],
    ['that lasts a week', of({ runsOutAt: inDays(7) }), [`bad pool-dry ${pool.id}`]],
    ['that lasts a little longer', { ...of({ runsOutAt: inDays(8) }), open: dryOpen }, [`unclear pool-dry ${pool.id}`]],
    ['that lasts for long', { ...of({ runsOutAt: inDays(30) }), open: dryOpen }, [`good pool-dry ${pool.id}`]],
    ['within the connection’s days', { ...of({ runsOutAt: inDays(7) }), connection: { lowWithinDays: 2 } }, []],
    [
      'within the rule’s days',
      { ...of({ runsOutAt: inDays(20) }), rules: [{ on: 'pool-dry', withinDays: 21 }] },
      [`bad pool-dry ${pool.id}`],
    ],
    ['that has run out', of({ remaining: 0, runsOutAt: now }), [`bad pool-low ${pool.id}`, `bad pool-dry ${pool.id}`]],
    ['that is gone', { open: lowOpen }, [`good pool-low ${pool.id}`]],
  ])('%s', (_what, given, expected) => {
    expect(told(given)).toEqual(expected);
  });

  it('is told by its name, with how many codes are left and when it runs out', () => {
    const texts = look(of({ remaining: 90, runsOutAt: inDays(2) })).map((one) => ('text' in one ? one.text : ''));
    expect(texts).toEqual([
      'The pool “Summer” of portfolio has 90 codes left; its threshold is 100. Upload codes at Vibes, then sync.',
      'The pool “Summer” of portfolio runs out in about 2 days (2026-03-03 12:00 UTC): 90 codes are left at 50 a day. Upload codes at Vibes, then sync.',
    ]);
  });
});

describe('who is told', () => {
  it('is every channel, or those that the rule names', () => {
    const channelsOf = (rule: AlertRule) =>
      look({ ended: { status: 'failed' }, rules: [rule] }).map((one) => ('channels' in one ? one.channels : []));
    expect(channelsOf({ on: 'failed' })).toEqual([['ops', 'mail']]);
    expect(channelsOf({ on: 'failed', channels: ['mail'] })).toEqual([['mail']]);
  });
});
