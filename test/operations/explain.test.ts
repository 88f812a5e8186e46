import { describe, expect, it } from 'vitest';
import type { CauseKind } from '../../src/causes.ts';
import { type ExplainFacts, explainRun } from '../../src/operations/explain.ts';
import { emptyCounts, type Receipt, type RunStatus, type StreamCounts } from '../../src/receipt.ts';
import type { NotedCause } from '../../src/store/causes.ts';
import type { PastRun, PastTick } from '../../src/store/past-runs.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1, 6) + seconds * 1000).toISOString();

const receipt = (status: RunStatus, reasons: string[] = [], counts: Partial<StreamCounts> = {}): Receipt => ({
  connection: 'portfolio',
  system: 'incentify',
  runId: '01a2024c-run',
  status,
  streams: { projects: { ...emptyCounts, fetched: 200, pages: 4, ...counts } },
  reasons,
});

const run = (changes: Partial<PastRun> = {}): PastRun => ({
  runId: '01a2024c-run',
  unique: 8,
  connection: 'portfolio',
  system: 'incentify',
  workflowId: 'sync/portfolio',
  trigger: 'person',
  status: 'completed',
  streams: null,
  startedAt: at(0),
  finishedAt: at(4),
  statusAt: at(4),
  seconds: 4,
  dueAt: null,
  waits: null,
  receipt: receipt('completed'),
  ...changes,
});

const ended = (status: RunStatus, reasons: string[] = [], changes: Partial<PastRun> = {}): PastRun =>
  run({ status, receipt: receipt(status, reasons), ...changes });

const open = (status: string, changes: Partial<PastRun> = {}): PastRun =>
  run({ status, finishedAt: null, receipt: null, ...changes });

const facts = (changes: Partial<ExplainFacts> = {}): ExplainFacts => ({
  connection: 'portfolio',
  system: 'incentify',
  configured: true,
  run: run(),
  newest: true,
  later: null,
  causes: [],
  alike: [],
  tick: null,
  ticks: [],
  temporal: { under: null, schedule: null, ended: null },
  now: at(100),
  ...changes,
});

const under = (status: string, waiting: string | null = null, answered = true): ExplainFacts['temporal'] => ({
  under: { runId: '01a2024c-run', status, waiting, answered },
  schedule: null,
  ended: null,
});

const cause = (kind: CauseKind, changes: Partial<NotedCause> = {}): NotedCause => ({
  kind,
  stream: 'projects',
  times: 1,
  seconds: 0,
  note: null,
  firstAt: at(1),
  lastAt: at(2),
  ...changes,
});

const tick = (changes: Partial<PastTick> = {}): PastTick => ({
  dueAt: at(-60),
  begunAt: at(-60),
  judgedAt: at(0),
  overlap: 'skip',
  outcome: 'started',
  runId: '01a2024c-run',
  why: null,
  ...changes,
});

const usual = Array.from({ length: 10 }, () => ({ seconds: 4, rows: 200 }));
const sentences = (given: Partial<ExplainFacts>) => explainRun(facts(given)).because.map(({ sentence }) => sentence);
const headline = (given: Partial<ExplainFacts>) => explainRun(facts(given)).headline;

describe('an explanation says of a run', () => {
  it('that nothing ran yet, and how to begin', () => {
    expect(explainRun(facts({ run: null }))).toEqual({
      headline: 'portfolio has not run yet.',
      because: [],
      since: [],
      type: ['incentive-sync sync portfolio --watch'],
    });
  });

  it('that it was fine, in how much time, and nothing more', () => {
    expect(explainRun(facts({ alike: usual }))).toEqual({
      headline:
        'portfolio: the last run (01a2024c) was fine: it completed in 4.0 s; 4.0 s is usual (median of 10 runs of the same streams).',
      because: [],
      since: [],
      type: [],
    });
  });

  it('that it was slow only where it took more than twice as long as is usual, and at least three runs tell that', () => {
    const slow = run({ seconds: 40 });
    expect(headline({ run: slow, alike: usual })).toMatch(/completed, but slowly: in 40 s; 4\.0 s is usual/);
    expect(headline({ run: slow, alike: usual.slice(0, 2) })).toMatch(/was fine: it completed in 40 s\.$/);
    expect(headline({ run: run({ seconds: 7 }), alike: usual })).toMatch(/was fine/);
    const tiny = usual.map((one) => ({ ...one, seconds: 0.2 }));
    expect(headline({ run: run({ seconds: 2 }), alike: tiny })).toMatch(/was fine/);
  });

  it('what the usual is where half of the runs took longer', () => {
    const alike = [1, 2, 8, 9].map((seconds) => ({ seconds, rows: 1 }));
    expect(headline({ alike })).toContain('5.0 s is usual (median of 4 runs');
  });

  it('where its time went, and that the rest was reading', () => {
    const causes = [cause('unavailable', { seconds: 2, times: 3 }), cause('rate-limited', { seconds: 30, times: 2 })];
    const { because } = explainRun(facts({ run: run({ seconds: 40 }), alike: usual, causes }));
    expect(because).toEqual([
      {
        sentence:
          'Incentify asked for a pause twice (projects); the run waited 30 s, and asked more slowly for a while.',
        seconds: 30,
      },
      {
        sentence: 'Incentify gave no usable answer 3 times (projects); 2.0 s went by until the next tries.',
        seconds: 2,
      },
      { sentence: 'The rest, 8.0 s, was reading and writing.', seconds: 8 },
    ]);
  });

  it('that exports wait side by side: the longest counts', () => {
    const causes = ['a', 'b', 'c'].map((stream) => cause('rate-limited', { stream, seconds: 5 }));
    const { because } = explainRun(facts({ system: 'neoday', run: run({ system: 'neoday', seconds: 9 }), causes }));
    expect(because.map(({ seconds }) => seconds)).toEqual([5, 4]);
  });

  it('that there was more to read', () => {
    const much = run({ seconds: 40, receipt: receipt('completed', [], { fetched: 2_000 }) });
    expect(sentences({ run: much, alike: usual })).toEqual(['It read 2,000 rows in 40 s, where 200 rows are usual.']);
  });

  it('that it was slow for no reason that anybody noted', () => {
    expect(sentences({ run: run({ seconds: 40 }), alike: usual })[0]).toMatch(
      /^All of it, 40 s, was reading and writing, slower than usual; nothing was noted that explains it/,
    );
  });

  it.each<[CauseKind, Partial<NotedCause>, RegExp]>([
    ['rate-limited', { seconds: 3 }, /asked for a pause once \(projects\); the run waited 3\.0 s/],
    [
      'unavailable',
      { note: 'Incentify answered 500.' },
      /no usable answer once .* The newest: Incentify answered 500\./,
    ],
    ['contract', { times: 2 }, /otherwise than it documents twice/],
    ['database', { stream: '' }, /^The database was away, or refused, once;/],
    ['worker-lost', { seconds: 5 }, /A worker was lost once \(projects\): killed, frozen or cut off/],
    ['worker-missing', { stream: '', seconds: 58 }, /No worker was there to take the next step, for 58 s\./],
    [
      'page-shift',
      { seconds: 2, note: 'the source says 60, but 59 different records were seen' },
      /read again once .* 59 different/,
    ],
    ['second-look', { seconds: 2 }, /read a second time to be sure \(projects\), which took 2\.0 s/],
    ['file-again', {}, /downloaded from its beginning again once/],
    ['quarantine', { times: 8 }, /^8 records were put aside \(projects\)\.$/],
    ['quarantine', { times: 1 }, /^1 record was put aside \(projects\)\.$/],
    ['brake', { seconds: 200 }, /waited for a person \(projects\), for 3 min 20 s/],
    ['agreement', { stream: '', seconds: 60 }, /The push waited for a person to agree, for 1 min\./],
    ['refused', { seconds: 61 }, /refused the key or a setting once; the run waited 1 min 1 s\./],
    ['paused', { stream: '', seconds: 12 }, /A person paused it once, for 12 s together/],
    ['budget', { stream: '', seconds: 20 }, /budget of requests a minute was used up; the run waited 20 s/],
    ['resync', { seconds: 4 }, /A person asked for everything again \(projects\), which took 4\.0 s/],
    ['defect', {}, /error of incentive-sync itself came once/],
  ])('what %s means (%o)', (kind, changes, expected) => {
    expect(sentences({ causes: [cause(kind, changes)] })[0]).toMatch(expected);
  });

  it('each thing once: what the receipt tells of records put aside is not told again', () => {
    const reason = 'projects: 8 records were put aside; see table sync.quarantine for which and why.';
    const told = { run: ended('partial', [reason]), causes: [cause('quarantine', { times: 8 })] };
    expect(sentences(told)).toEqual([reason]);
    expect(explainRun(facts(told)).type).toEqual([
      'incentive-sync quarantine list --connection portfolio',
      'incentive-sync sync portfolio --watch',
    ]);
  });

  it('why it failed or was cancelled, in the words of its receipt', () => {
    const failed = explainRun(facts({ run: ended('failed', ['Incentify cannot be reached.']) }));
    expect(failed.headline).toBe('portfolio: the last run (01a2024c) failed after 4.0 s.');
    expect(failed.because[0]).toEqual({ sentence: 'Incentify cannot be reached.' });
    expect(failed.type).toEqual(['incentive-sync check portfolio', 'incentive-sync sync portfolio --watch']);
    expect(headline({ run: ended('cancelled', ['The run was cancelled.']) })).toMatch(/was cancelled after 4\.0 s/);
  });

  it.each([
    ['credential', 'Correct the key.', ['check portfolio', 'resume portfolio', 'cancel portfolio']],
    ['deletes', '90 of 100 rows are missing.', ['approve-deletes portfolio', 'cancel portfolio']],
    ['push', 'Large.', ['kpi push portfolio --dry-run', 'kpi push portfolio --yes', 'cancel portfolio']],
  ] as const)('that it is parked, for %s, since when, and what gets it going', (wait, why, commands) => {
    const parked = open('parked', { waits: { for: wait, stream: null, why }, statusAt: at(10) });
    const explained = explainRun(facts({ run: parked, temporal: under('parked') }));
    expect(explained.headline).toMatch(/is parked and waits; it keeps its place/);
    expect(explained.because[0]?.sentence).toBe(`It has waited for 1 min 30 s. ${why}`);
    expect(explained.type).toEqual(commands.map((command) => `incentive-sync ${command}`));
    const refused = cause('refused', { firstAt: at(-20) });
    expect(sentences({ run: parked, temporal: under('parked'), causes: [refused] })[0]).toMatch(
      /^It has waited for 1 min 30 s since it tried last; it was refused first 2 min ago\./,
    );
  });

  it('that it is paused, or under way and waits, or that no worker answers', () => {
    expect(explainRun(facts({ run: open('paused'), temporal: under('paused') })).type).toEqual([
      'incentive-sync resume portfolio',
      'incentive-sync cancel portfolio',
    ]);
    const waits = {
      run: open('running'),
      temporal: under('running', 'Incentify answered 429; tries again at 06:02:00'),
    };
    expect(sentences(waits)).toEqual(['Now: Incentify answered 429; tries again at 06:02:00.']);
    const alone = explainRun(facts({ run: open('running'), temporal: under('running', null, false) }));
    expect(alone.because[0]?.sentence).toMatch(/^No worker answers/);
    expect(alone.type[0]).toBe('incentive-sync worker');
  });

  it('that it was terminated, by a run that came after it or by what Temporal says', () => {
    const gone = { under: null, schedule: null, ended: 'The run was terminated (by hand).' };
    const lost = explainRun(facts({ run: open('running'), temporal: gone }));
    expect(lost.headline).toMatch(/ended without a receipt: it was terminated/);
    expect(lost.because).toEqual([{ sentence: 'The run was terminated (by hand).' }]);
    expect(lost.type).toEqual(['incentive-sync sync portfolio --watch']);
    expect(headline({ run: run({ status: 'failed', receipt: null }) })).toMatch(/without a receipt/);
  });

  it('what it was as far as the database knows, while Temporal is away', () => {
    const { headline: said, since } = explainRun(facts({ run: open('running', { seconds: 70 }), temporal: null }));
    expect(said).toMatch(/is under way, for 1 min 10 s/);
    expect(since).toEqual(['Temporal does not answer, so this is what the database knows.']);
  });

  it('that the configuration has no such connection any more', () => {
    const gone = explainRun(facts({ configured: false }));
    expect(gone.since[0]).toMatch(/does not name portfolio any more/);
    expect(gone.type).toEqual(['incentive-sync connection purge portfolio']);
  });
});

describe('a run that began late', () => {
  const late = run({ trigger: 'schedule', dueAt: at(-60) });
  const because = (given: PastTick, others: Partial<ExplainFacts> = {}) =>
    explainRun(facts({ run: late, tick: given, ticks: [given], ...others })).because;

  it('says how late', () => {
    expect(headline({ run: late, tick: tick() })).toMatch(/completed in 4\.0 s, and began 1 min late\.$/);
    expect(headline({ run: run({ dueAt: at(-4) }), tick: tick() })).toMatch(/was fine/);
  });

  it('because no worker took it', () => {
    expect(because(tick())).toEqual([{ sentence: 'No worker took it for 1 min.', seconds: 60 }]);
  });

  it('because Temporal was down', () => {
    const [only] = because(tick({ begunAt: at(0) }));
    expect(only?.sentence).toBe(
      'Temporal was down when it was due (2026-03-01 05:59:00 UTC), and caught up 1 min later.',
    );
  });

  it('because of the jitter that was asked for', () => {
    const schedule = { next: null, paused: false, note: null, jitterMs: 90_000 };
    const [only] = because(tick({ begunAt: at(0) }), { temporal: { under: null, schedule, ended: null } });
    expect(only?.sentence).toBe('Its schedule has a jitter of 1 min 30 s, of which 1 min were used.');
  });

  it('because it was a backfill, which later ticks that had begun before tell', () => {
    const own = tick({ begunAt: at(0) });
    const later = tick({ dueAt: at(-30), begunAt: at(-30) });
    expect(because(own, { ticks: [own, later] })[0]?.sentence).toMatch(
      /^It was a backfill: a person asked at 2026-03-01 06:00:00/,
    );
  });

  it('because it had to wait for the run before it', () => {
    const [only] = because(tick({ judgedAt: at(-60), overlap: 'buffer_one' }));
    expect(only?.sentence).toBe('It waited 1 min for the end of the run before it (overlap: buffer_one).');
  });
});

describe('what has happened since', () => {
  it('is told by outcome, with the newest’s own words', () => {
    const skipped = [10, 20, 30].map((due) =>
      tick({ dueAt: at(due), outcome: 'skipped', why: `A run was under way at ${due}.` }),
    );
    const before = tick({ dueAt: at(-500), outcome: 'skipped', why: 'Long ago.' });
    const served = tick({ dueAt: at(40), outcome: 'served', why: null });
    expect(explainRun(facts({ ticks: [before, ...skipped, served] })).since).toEqual([
      'Its schedule was due 3 times (the last time at 2026-03-01 06:00:30 UTC), and it was skipped: A run was under way at 30.',
      'Its schedule was due once (at 2026-03-01 06:00:40 UTC), and a run that began later had read what it wanted.',
    ]);
  });

  it('names the runs that came after it, and sends to the newest', () => {
    const older = facts({ newest: false, later: { runs: 2, newest: { unique: '01a20300', status: 'failed' } } });
    expect(explainRun(older).since).toEqual(['2 runs came after it; the newest (01a20300) is failed.']);
    expect(explainRun(older).type).toEqual(['incentive-sync explain portfolio']);
    expect(explainRun(older).headline).toMatch(/^portfolio: the run 01a2024c was fine/);
  });

  it('says that the schedule is paused and why, or when it is due next', () => {
    const schedule = { next: null, paused: true, note: 'paused after 3 failed runs.', jitterMs: 0 };
    const paused = explainRun(facts({ temporal: { under: null, schedule, ended: null } }));
    expect(paused.since).toEqual(['Its schedule is paused (paused after 3 failed runs): nothing starts by itself.']);
    expect(paused.type).toEqual(['incentive-sync schedule resume portfolio']);
    const next = { ...schedule, next: at(900), paused: false };
    expect(explainRun(facts({ temporal: { under: null, schedule: next, ended: null } })).since).toEqual([
      'Its next run by schedule: 2026-03-01 06:15:00 UTC.',
    ]);
  });
});
