import { WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  TerminatedFailure,
} from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { receiptOf, receiptOfFailure } from '../../src/operations/receipts.ts';
import { emptyCounts, type Progress } from '../../src/receipt.ts';

const run = { connection: 'portfolio', system: 'incentify', runId: '0199-run' } as const;

const progress: Progress = {
  ...run,
  status: 'running',
  streams: { projects: { ...emptyCounts, fetched: 50, created: 50, state: 'reading' } },
  reasons: ['2 records were put into quarantine.'],
  startedAt: '2026-03-01T06:00:00Z',
  waiting: null,
};

const failed = (cause: Error) =>
  new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);

describe('the receipt of a run that ended without one', () => {
  it('gives the sentence that was written for people, not the wrappings around it', () => {
    const written = ApplicationFailure.nonRetryable('The vendor refused the key of `portfolio`.', 'Authentication');
    const activity = new ActivityFailure(
      'Activity task failed',
      'readPages',
      '1',
      RetryState.NON_RETRYABLE_FAILURE,
      undefined,
      written,
    );
    const receipt = receiptOfFailure(run, progress, failed(activity));
    expect(receipt.status).toBe('failed');
    expect(receipt.reasons).toEqual([
      '2 records were put into quarantine.',
      'The vendor refused the key of `portfolio`.',
    ]);
  });

  it('keeps the counts of the last progress, without the state of the streams', () => {
    const { streams } = receiptOfFailure(run, progress, failed(new Error('x')));
    expect(streams).toEqual({ projects: { ...emptyCounts, fetched: 50, created: 50 } });
  });

  it('says cancelled for a cancelled and for a terminated run, with who ended it', () => {
    expect(receiptOfFailure(run, null, failed(new CancelledFailure('Workflow canceled')))).toMatchObject({
      status: 'cancelled',
      streams: {},
      reasons: [expect.stringContaining('was cancelled')],
    });
    const terminated = receiptOfFailure(run, null, failed(new TerminatedFailure('cleaning up')));
    expect(terminated).toMatchObject({ status: 'cancelled', reasons: [expect.stringContaining('cleaning up')] });
  });

  it('does not say the same reason twice', () => {
    const told = { ...progress, reasons: ['gone'] };
    expect(receiptOfFailure(run, told, failed(new Error('gone'))).reasons).toEqual(['gone']);
  });

  it('of a parked run is its progress', () => {
    expect(receiptOf(run, progress, 'parked')).toMatchObject({ status: 'parked', reasons: progress.reasons });
  });
});
