import { describe, expect, it } from 'vitest';
import { createFrames } from '../../src/screen/frames.ts';
import { tableLines } from '../../src/screen/table.ts';
import { cells, clipped, clippedPainted } from '../../src/screen/width.ts';
import { capture } from './terminal.ts';

describe('the cells of a text', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['\u001b[32mgreen\u001b[39m', 5],
    ['–…', 2],
  ])('%j are %i', (text, width) => {
    expect(cells(text)).toBe(width);
  });

  it('are never more than there is room for', () => {
    expect(clipped('日本語', 5)).toBe('日本…');
    expect(clipped('日本語', 4)).toBe('日…');
    expect(clippedPainted('\u001b[32mgreen\u001b[39m and more', 7)).toBe('\u001b[32mgreen\u001b[39m …');
  });
});

describe('a table', () => {
  const columns = [{ title: 'name' }, { title: 'rows', right: true }, { title: 'less', dispensable: 1 }];
  const rows = [
    [{ text: '日本' }, { text: '1' }, { text: 'x' }],
    [{ text: 'long name' }, { text: '1,000' }, { text: 'y' }],
  ];

  it('stands under its titles, wide characters too', () => {
    expect(tableLines(capture().screen, columns, rows)).toEqual([
      'name        rows  less',
      '日本           1  x',
      'long name  1,000  y',
    ]);
  });

  it('leaves out what can be missed, then clips the widest', () => {
    const { screen } = capture({ terminal: true, columns: 40 });
    const wide = [[{ text: 'n'.repeat(60) }, { text: '1' }, { text: 'x' }]];
    expect(tableLines(screen, columns, wide)).toEqual([`${'name'.padEnd(33)}  rows`, `${'n'.repeat(32)}…     1`]);
  });
});

describe('what is drawn again and again', () => {
  it('is drawn in place on a terminal, which is left as it was', () => {
    const { screen, text } = capture({ terminal: true, columns: 60 });
    const frames = createFrames(screen);
    frames.draw(['one', 'n'.repeat(80)]);
    frames.stop();
    expect(text().startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(text()).toContain(`one\u001b[K\r\n${'n'.repeat(58)}…\u001b[K`);
    expect(text().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });

  it('says how many lines do not fit the height', () => {
    const { screen, text } = capture({ terminal: true });
    const frames = createFrames(screen);
    frames.draw(Array.from({ length: 45 }, (_, index) => `line ${index}`));
    frames.stop();
    expect(text()).toContain('line 38\u001b[K');
    expect(text()).toContain('… 6 lines more');
  });

  it('is a block each where no terminal is', () => {
    const { screen, lines } = capture();
    const frames = createFrames(screen, () => new Date('2026-03-01T06:00:00Z'));
    frames.draw(['one']);
    frames.draw(['two']);
    expect(lines()).toEqual(['-- 2026-03-01 06:00 UTC --', 'one', '', '-- 2026-03-01 06:00 UTC --', 'two', '']);
  });
});
