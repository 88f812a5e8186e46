import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyCounts, type Progress, type Receipt, type RunStatus } from '../../src/receipt.ts';
import { runSummary } from '../../src/workflows/about.ts';
import { describeProgress, describeReceipt, type Shown } from '../../src/workflows/details.ts';
import { fence, sentence, table } from '../../src/workflows/markdown.ts';

/** What the Web UI's pages make of the details is worth nothing where they are refused. */
const mostBytes = 20_000;

const startedAt = '2026-03-01T06:00:00.000Z';
const shown: Shown = { options: {}, trouble: null, filesLeft: {}, now: '2026-03-01T06:00:10.000Z' };
const progress: Progress = {
  connection: 'portfolio',
  system: 'incentify',
  runId: 'run',
  status: 'running',
  streams: {
    projects: { ...emptyCounts, state: 'done', fetched: 200, total: 200, pages: 4, seconds: 0.5 },
    credits: { ...emptyCounts, state: 'reading', fetched: 250, total: 1000, pages: 5, seconds: 5, retries: 2 },
  },
  reasons: [],
  startedAt,
  waiting: null,
};
const receipt: Receipt = { ...progress, status: 'completed' };

/** Cells of a table's line, as they are read. */
const cells = (text: string, stream: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${stream}\u00a0 |`))
    ?.replaceAll('\u00a0', ' ')
    .split(' | ')
    .map((cell) => cell.replace(/^\| | \|$/g, '').trim());

describe('the details of a run under way', () => {
  it('say what it is, why it runs and since when, and how far each stream is', () => {
    const options = { trigger: 'schedule', dueAt: '2026-03-01T05:59:57.000Z' } as const;
    const text = describeProgress(progress, { ...shown, options });
    expect(text.split('\n')[0]).toBe(
      '**running** · portfolio (incentify), by its schedule, due 2026-03-01 05:59:57 UTC · began 2026-03-01 06:00:00 UTC',
    );
    expect(text).toContain('It began 3.0 s after it was due. 1 of 2 streams done, 450 rows so far');
    expect(cells(text, 'stream')).toEqual(['stream', 'state', 'rows', 'of', '%', 'rows/s', 'ETA', 'pages', 'retries']);
    expect(cells(text, 'credits')).toEqual(['credits', 'reading', '250', '1,000', '25', '50', '15 s', '5', '2']);
    expect(cells(text, 'projects')).toEqual(['projects', 'done', '200', '200', '100', '400', '', '4', '0']);
    expect(text).toContain('```sh\nincentive-sync sync portfolio --watch\nincentive-sync pause portfolio\n```');
  });

  it('tell no share and no time of a stream that is read again', () => {
    const credits = { ...progress.streams.credits!, pass: 2, fetched: 1300 };
    const text = describeProgress({ ...progress, streams: { credits } }, shown);
    expect(cells(text, 'stream')).toEqual(['stream', 'state', 'rows', 'of', 'rows/s', 'pages', 'retries']);
    expect(cells(text, 'credits')?.[1]).toBe('reading, pass 2');
  });

  it('tell of exports how many files are left, and how long they take', () => {
    const wins = { ...emptyCounts, state: 'reading', fetched: 900, pages: 3, seconds: 6, bytes: 2_500_000 } as const;
    const games: Progress = { ...progress, connection: 'games', system: 'neoday', streams: { 'win-info': wins } };
    const text = describeProgress(games, { ...shown, filesLeft: { 'win-info': 4 } });
    expect(cells(text, 'stream')).toEqual(['stream', 'state', 'rows', 'rows/s', 'ETA', 'files', 'MB', 'left']);
    expect(cells(text, 'win-info')).toEqual(['win-info', 'reading', '900', '150', '8.0 s', '3', '2.5', '4']);
  });

  it.each([
    ['parked', {}, 'check resume cancel'],
    ['parked', { approval: { stream: 'credits', digest: 'd', count: 40, live: 50 } }, 'approve-deletes cancel'],
    ['parked', { agreement: true }, 'kpi push kpi push cancel'],
    ['paused', {}, 'resume cancel'],
  ] as const)('that is %s with %j offer %s', (status, change, wanted) => {
    const text = describeProgress({ ...progress, ...change, status, waiting: 'a person' }, shown);
    expect(text).toContain('**Waits** for a person.');
    expect(cells(text, 'stream')).not.toContain('ETA');
    const typed = [...text.matchAll(/^incentive-sync (.*) portfolio/gm)].map(([, verb]) => verb);
    expect(typed.join(' ')).toBe(wanted);
  });

  it('show the last error once, in a fence that nothing in it ends', () => {
    const said = 'answered 403: "```\n**not** a vendor`s".';
    const trouble = { type: 'Authentication', sentence: said, at: startedAt };
    const text = describeProgress({ ...progress, status: 'parked', reasons: [said] }, { ...shown, trouble });
    expect(text).toContain(
      'Last error (2026-03-01 06:00:00 UTC):\n\n````\nAuthentication: answered 403: "``` **not** a vendor`s".\n````',
    );
    expect(text.match(/answered 403/g)).toHaveLength(1);
    expect(describeProgress(progress, { ...shown, trouble })).toContain('since overcome');
  });
});

describe('the details of a run that has ended', () => {
  it('are its receipt', () => {
    const text = describeReceipt({ ...receipt, late: { dueAt: startedAt, seconds: 75 } }, startedAt, shown);
    expect(text).toContain('**completed** · portfolio (incentify), started by a person');
    expect(text).toContain('to 2026-03-01 06:00:10 UTC: 10 s. It began 1 min 15 s after it was due.');
    expect(cells(text, 'credits')).toEqual(['credits', '250', '1,000', '0', '0', '0', '2', '5', '5.0']);
    expect(text).not.toContain('```');
  });

  it('say what to type where it was not completed', () => {
    const typed = (status: RunStatus) =>
      describeReceipt({ ...receipt, status }, startedAt, shown).match(/^incentive-sync .*/gm);
    expect(typed('partial')).toEqual(['incentive-sync explain portfolio', 'incentive-sync sync portfolio --watch']);
    expect(typed('failed')).toEqual(typed('partial'));
    expect(typed('cancelled')).toEqual(['incentive-sync sync portfolio --watch']);
  });
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '`',
        '```',
        '|',
        '\\',
        '\n',
        '\r',
        '\u2028',
        '<b>',
        ']',
        '[',
        '(',
        '~~~',
        '# ',
        '> ',
        'é',
        '💥',
        ' ',
      ),
      {
        maxLength: 2_000,
      },
    )
    .map((parts) => parts.join('')),
);
const numbers = fc.integer({ min: 0, max: 1e12 });
const counts = fc.record({ fetched: numbers, total: fc.option(numbers), retries: numbers, quarantined: numbers });
const streams = fc.dictionary(hostile, counts, { maxKeys: 200 });

/** What is left of Markdown when its fences are taken out; throws where one is not closed. */
function outsideFences(text: string): string[] {
  const outside: string[] = [];
  let mark: string | null = null;
  for (const line of text.split('\n')) {
    const [found] = line.match(/^`{3,}/) ?? [];
    if (mark === null && found !== undefined) mark = found;
    else if (mark === null) outside.push(line);
    else if (line === mark) mark = null;
  }
  expect(mark).toBeNull();
  return outside;
}

/** Bars that part cells: those that no backslash takes away. */
const bars = (line: string): number => line.replace(/\\./gsu, '').split('|').length - 1;

function expectWhole(text: string): void {
  expect(Buffer.byteLength(text)).toBeLessThan(mostBytes);
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/u);
  const lines = outsideFences(text).filter((line) => line.startsWith('|'));
  expect(new Set(lines.map(bars)).size).toBeLessThanOrEqual(1);
  for (const line of lines) expect(line).toMatch(/ \|$/);
}

describe('details with whatever a vendor or a person may say', () => {
  it('stay below what Temporal takes, with whole tables and closed fences', () => {
    const texts = fc.tuple(hostile, hostile, fc.array(hostile, { maxLength: 60 }), streams);
    fc.assert(
      fc.property(texts, fc.boolean(), ([connection, waiting, reasons, some], parked) => {
        const told = Object.entries(some).map(
          ([stream, own]) => [stream, { ...emptyCounts, ...own, state: 'reading' as const }] as const,
        );
        const all = { ...progress, connection, waiting, reasons, streams: Object.fromEntries(told) };
        const trouble = { type: 'VendorContract', sentence: reasons[0] ?? waiting, at: startedAt };
        const about = { ...shown, trouble };
        expectWhole(describeProgress({ ...all, status: parked ? 'parked' : 'running' }, about));
        expectWhole(describeReceipt({ ...all, status: 'failed' }, startedAt, about));
      }),
      { numRuns: 200 },
    );
  });

  it('count rows for which there is no room, and cut none in two', () => {
    const rows = Array.from({ length: 500 }, (_, index) => [`stream-${index}`, '1,000']);
    const lines = table(['stream', 'rows'], rows, 1_000).split('\n');
    const whole = lines.filter((line) => line.startsWith('| stream-'));
    expect(lines.at(-1)).toBe(`… and ${500 - whole.length} more`);
    expect(whole.every((line) => line.endsWith('| 1,000\u00a0 |'))).toBe(true);
  });

  it.each([
    ['Type `incentive-sync resume a`, then wait.', 'Type `incentive-sync resume a`, then wait.'],
    ['*bold* <b> [x](y)', '\\*bold\\* \\<b\\> \\[x\\](y)'],
    ['an `unclosed one', 'an \\`unclosed one'],
    ['``x```<b>` and', '\\`\\`x\\`\\`\\`\\<b\\>\\` and'],
  ])('%s is shown as it is', (text, markdown) => {
    expect(sentence(text)).toBe(markdown);
  });

  it('fold the long lines of a fence between words', () => {
    const lines = fence(['word '.repeat(40)]).split('\n');
    expect(lines.length).toBeGreaterThan(4);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(64);
  });
});

describe('the summary of a run', () => {
  it.each([
    [{}, 'portfolio (incentify): started by a person'],
    [{ trigger: 'start' }, 'portfolio (incentify): at the start of incentive-sync'],
    [{ streams: ['credits'] }, 'portfolio (incentify), only credits: started by a person'],
    [
      { trigger: 'schedule', dueAt: '2026-03-01T06:00:00Z' },
      'portfolio (incentify): by its schedule, due 2026-03-01 06:00:00 UTC',
    ],
    [{ streams: ['credits'], resync: { reason: 'restored' } }, 'portfolio (incentify): resync of credits: restored'],
    [{ resync: {} }, 'portfolio (incentify): resync of everything, asked for by a person'],
  ] as const)('%j is in words', (why, words) => {
    expect(runSummary('portfolio', 'incentify', why as Parameters<typeof runSummary>[2])).toBe(words);
  });

  it('is never longer than Temporal takes, as JSON', () => {
    fc.assert(
      fc.property(hostile, fc.array(hostile), (reason, streams) => {
        const text = runSummary('portfolio', 'incentify', { streams, resync: { reason } });
        expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(400);
      }),
    );
  });
});
