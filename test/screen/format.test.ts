import { describe, expect, it } from 'vitest';
import { count, duration, moment, perSecond, printable } from '../../src/screen/format.ts';

describe('figures for people', () => {
  it.each([
    [0, '0.0 s'],
    [0.44, '0.4 s'],
    [9.96, '10 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3600, '1 h'],
    [7500, '2 h 5 min'],
    [7199.9, '2 h'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });

  it('groups thousands the same way in every locale', () => {
    expect(count(1234567)).toBe('1,234,567');
  });

  it('gives no speed where no time has passed', () => {
    expect(perSecond(200, 0)).toBe('–');
    expect(perSecond(200, 0.1)).toBe('2,000 rows/s');
  });

  it('tells times with their zone', () => {
    expect(moment(new Date('2026-03-01T06:00:30Z'))).toBe('2026-03-01 06:00 UTC');
  });

  it('lets no text from outside move the cursor or hide itself', () => {
    expect(printable('a\u001b[2Jb\u0007\u009bc')).toBe('a�[2Jb��c');
    expect(printable('Zoë – 5 €')).toBe('Zoë – 5 €');
  });
});
