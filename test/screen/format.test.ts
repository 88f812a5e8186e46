import { describe, expect, it } from 'vitest';
import { count, duration, fitted, folded, moment, printable, rate } from '../../src/screen/format.ts';

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
    [183_000, '2 d 2 h'],
    [31_708_800, '367 d'],
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

  it('keeps a command and a figure with its unit on one line, and deep indents deep', () => {
    expect(folded('then type `incentive-sync resume portfolio` now', 37)).toEqual([
      'then type',
      '    `incentive-sync resume portfolio`',
      '    now',
    ]);
    expect(folded('it waited for 30 s in all', 16)).toEqual(['it waited for', '    30 s in all']);
    expect(folded('      one two three', 14)).toEqual(['      one two', '      three']);
  });

  it('leaves columns, and lines that are to be typed, as they are', () => {
    expect(fitted('a  b c d  e f g\nsome words', 9)).toBe('a  b c d  e f g\nsome\n    words');
    expect(fitted('  name  the value of it', 18)).toBe('  name  the value\n        of it');
    expect(fitted('  \u001b[2mname   \u001b[22m  words of them', 22)).toBe(
      '  \u001b[2mname   \u001b[22m  words of\n           them',
    );
    expect(fitted('  type  npx incentive-sync status', 20)).toBe('  type  npx incentive-sync status');
    expect(fitted('  npx incentive-sync status', 10)).toBe('  npx incentive-sync status');
  });

  it('lets no text from outside move the cursor or hide itself', () => {
    expect(printable('a\u001b[2Jb\u0007\u009bc')).toBe('a�[2Jb��c');
    expect(printable('Zoë – 5 €')).toBe('Zoë – 5 €');
  });
});
