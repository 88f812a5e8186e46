import { describe, expect, it } from 'vitest';
import { emptyCounts, type Progress } from '../../src/receipt.ts';
import { createLines } from '../../src/screen/bars.ts';
import { createWaits } from '../../src/screen/waits.ts';
import { capture } from './terminal.ts';

const progress = (waiting: string | null, pages = 3, status: Progress['status'] = 'running'): Progress => ({
  connection: 'portfolio',
  system: 'incentify',
  runId: 'r',
  status,
  streams: { credits: { ...emptyCounts, total: 1000, fetched: pages * 50, pages, state: 'reading' } },
  reasons: [],
  startedAt: '2026-03-01T06:00:00Z',
  waiting,
});

const refused = 'Incentify answered 503; tries again at 22:14:05 (attempt 3)';

function waits() {
  const told: string[] = [];
  let now = 0;
  const tell = createWaits(
    (text) => told.push(text),
    () => now,
  );
  const at = (ms: number, seen: Progress) => {
    now = ms;
    tell(seen);
  };
  return { told, at };
}

describe('the reason why a run waits', () => {
  it('is told once, not at every look, and another one at most every 5 s', () => {
    const { told, at } = waits();
    for (let ms = 0; ms < 4000; ms += 250) at(ms, progress(refused));
    expect(told).toEqual([`  portfolio: ${refused}`]);
    at(4000, progress('Incentify answered 502; tries again at 22:14:09 (attempt 4)'));
    at(4500, progress(null));
    expect(told).toHaveLength(1);
    at(5000, progress('Incentify answered 502; tries again at 22:14:09 (attempt 4)'));
    expect(told).toHaveLength(2);
  });

  it('is followed by «goes on» when something was read again, not before', () => {
    const { told, at } = waits();
    at(0, progress(refused));
    at(1000, progress(null));
    expect(told).toHaveLength(1);
    at(2000, progress(null, 4));
    at(3000, progress(null, 5));
    expect(told.slice(1)).toEqual(['  portfolio: goes on']);
  });

  it('of a parked run is left to its receipt', () => {
    const { told, at } = waits();
    at(0, progress('a person', 3, 'parked'));
    expect(told).toEqual([]);
  });

  it('cannot move the cursor of the terminal', () => {
    const { told, at } = waits();
    at(0, progress('gone\u001b[2J'));
    expect(told.join()).not.toContain('\u001b');
  });
});

describe('lines where there is no terminal', () => {
  it('do not say that a stream is read while the run waits', () => {
    const { screen, lines } = capture();
    const view = createLines(screen);
    view.update(progress(refused));
    expect(lines()).toEqual([]);
    view.update(progress(null));
    expect(lines()).toEqual(['  portfolio credits: reading, 150 of 1,000 rows']);
  });
});
