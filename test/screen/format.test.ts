import { describe, expect, it } from 'vitest';
import { count, duration, folded, moment, printable, rate } from '../../src/screen/format.ts';

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
    expect(rate(200, 0)).toBeNull();
    expect(rate(200, 0.1)).toBe(2000);
  });

  it('tells times with their zone', () => {
    expect(moment(new Date('2026-03-01T06:00:30Z'))).toBe('2026-03-01 06:00 UTC');
  });

  it('breaks long texts between words, and words that are longer than a line', () => {
    expect(folded('short', 20)).toEqual(['short']);
    expect(folded('one two three four five', 12)).toEqual(['one two', '    three', '    four', '    five']);
    expect(folded('x'.repeat(25), 10)).toEqual([
      'x'.repeat(10),
      `    ${'x'.repeat(6)}`,
      `    ${'x'.repeat(6)}`,
      '    xxx',
    ]);
  });

  it('lets no text from outside move the cursor or hide itself', () => {
    expect(printable('a\u001b[2Jb\u0007\u009bc')).toBe('a�[2Jb��c');
    expect(printable('Zoë – 5 €')).toBe('Zoë – 5 €');
  });
});
