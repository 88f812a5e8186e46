import { describe, expect, it } from 'vitest';
import { momentHere } from '../../src/screen/zones.ts';

describe('a time', () => {
  const summer = new Date('2026-07-01T22:30:00Z');
  it.each([
    ['here alone', undefined, 'UTC', '2026-07-01 22:30 UTC'],
    [
      'in the zone it is meant in',
      'Europe/Amsterdam',
      'UTC',
      '2026-07-01 22:30 UTC (2026-07-02 00:30 Europe/Amsterdam)',
    ],
    ['on the same day', 'America/New_York', 'UTC', '2026-07-01 22:30 UTC (18:30 America/New_York)'],
    ['once where both clocks agree', 'Europe/Paris', 'Europe/Amsterdam', '2026-07-02 00:30 Europe/Amsterdam'],
  ])('is shown %s', (_, zone, here, text) => {
    expect(momentHere(summer, zone, here)).toBe(text);
  });

  it('has seconds where it needs them', () => {
    expect(momentHere(new Date('2026-07-01T22:30:05Z'), undefined, 'UTC')).toBe('2026-07-01 22:30:05 UTC');
  });
});
