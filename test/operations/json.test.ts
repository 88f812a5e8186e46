import { describe, expect, it } from 'vitest';
import { exactReceipt, exitCode, runsDocument } from '../../src/operations/json.ts';
import { emptyCounts, type Receipt, type RunStatus } from '../../src/receipt.ts';

const receipt = (status: RunStatus): Receipt => ({
  connection: 'portfolio',
  system: 'incentify',
  runId: '0199-run',
  status,
  streams: {
    projects: { ...emptyCounts, total: 200, fetched: 200, created: 200, pages: 4, requests: 4, seconds: 0.4 },
  },
  reasons: [],
});

describe('the JSON document of a run', () => {
  it('has exactly the documented keys, in the documented order, on one line', () => {
    expect(runsDocument([receipt('completed')])).toBe(
      '{"runs":[{"connection":"portfolio","system":"incentify","runId":"0199-run","status":"completed","streams":{"projects":' +
        '{"total":200,"fetched":200,"created":200,"updated":0,"unchanged":0,"deleted":0,"quarantined":0,"orphans":0,"pages":4,"requests":4,"retries":0,"bytes":0,"seconds":0.4,"asOf":null}' +
        '},"reasons":[]}]}',
    );
  });

  it('leaves out what a progress or a later version has besides', () => {
    const more = { ...receipt('parked'), startedAt: 'now', waiting: null };
    const { total, ...others } = emptyCounts;
    const shuffled = { state: 'reading', ...others, total };
    const exact = exactReceipt({ ...more, streams: { credits: shuffled } });
    expect(Object.keys(exact)).toEqual(['connection', 'system', 'runId', 'status', 'streams', 'reasons']);
    expect(Object.keys(exact.streams.credits!)).toEqual(Object.keys(emptyCounts));
  });

  it('is a document even when nothing is known of the streams', () => {
    expect(JSON.parse(runsDocument([{ ...receipt('failed'), streams: {} }])).runs[0].streams).toEqual({});
  });
});

describe('the exit code', () => {
  it.each<[RunStatus[], number]>([
    [['completed'], 0],
    [['completed', 'completed'], 0],
    [['completed', 'partial'], 3],
    [['parked'], 3],
    [['failed'], 1],
    [['cancelled', 'completed'], 1],
    [['partial', 'failed', 'parked'], 1],
    [[], 0],
  ])('of %j is %i', (statuses, code) => {
    expect(exitCode(statuses.map(receipt))).toBe(code);
  });
});
