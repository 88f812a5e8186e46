import { describe, expect, it } from 'vitest';
import { type Beat, laterPending, withPending } from '../../src/operations/pending.ts';
import { emptyCounts, type Progress, type StreamState } from '../../src/receipt.ts';

const counts = (bytes: number, fetched = bytes) => ({ ...emptyCounts, bytes, fetched });
const beat = (stream: string, bytes: number): Beat => ({
  stream,
  counts: counts(bytes),
  file: { bytes, length: 100, rows: bytes },
});

const progress = (streams: Record<string, { bytes: number; state: StreamState }>): Progress => ({
  connection: 'games',
  system: 'neoday',
  runId: 'r',
  status: 'running',
  streams: Object.fromEntries(
    Object.entries(streams).map(([stream, { bytes, state }]) => [stream, { ...counts(bytes), state }]),
  ),
  reasons: [],
  startedAt: '2026-03-01T06:00:00Z',
  waiting: null,
});

describe('what pending activities tell of a run', () => {
  it('is shown of each stream that is read, with its own file', () => {
    const before = progress({
      'win-info': { bytes: 10, state: 'reading' },
      'all-coupons': { bytes: 0, state: 'reading' },
      'campaign-info': { bytes: 5, state: 'done' },
    });
    const { streams } = withPending(before, { beats: [beat('win-info', 60), beat('all-coupons', 7)], waiting: null });
    expect(streams).toMatchObject({
      'win-info': { bytes: 60, fetched: 60, state: 'reading', file: { bytes: 60 } },
      'all-coupons': { bytes: 7, state: 'reading', file: { bytes: 7 } },
      'campaign-info': { bytes: 5, state: 'done' },
    });
    expect(streams['campaign-info']).not.toHaveProperty('file');
  });

  it('never takes back what the run itself knows: not of a stream that is done, nor that is further', () => {
    const before = progress({
      'win-info': { bytes: 100, state: 'done' },
      'all-coupons': { bytes: 50, state: 'reading' },
    });
    const beats = [beat('win-info', 120), beat('all-coupons', 50), beat('unheard-of', 9)];
    expect(withPending(before, { beats, waiting: null }).streams).toEqual(before.streams);
  });

  it('stays as it was for a stream whose new attempt has told nothing yet', () => {
    const first = laterPending(null, { beats: [beat('win-info', 60), beat('all-coupons', 7)], waiting: 'a retry' });
    const later = laterPending(first, { beats: [beat('all-coupons', 9)], waiting: null });
    expect(later.waiting).toBeNull();
    expect(later.beats.toSorted((a, b) => a.stream.localeCompare(b.stream))).toEqual([
      beat('all-coupons', 9),
      beat('win-info', 60),
    ]);
  });
});
