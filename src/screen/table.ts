import { type Colour, paint, type Screen, widthOf } from './screen.ts';
import { cells, clipped, padded } from './width.ts';

export interface Column {
  title: string;
  /** Numbers stand right. */
  right?: boolean;
  /** Where the table is too wide, those with the largest number are left out first; one without it stays. */
  dispensable?: number;
}

/** A text that fits its place, in one colour. */
export interface Cell {
  text: string;
  colour?: Colour | undefined;
}

/** A column that knows its cells. */
export interface ListColumn<Row> extends Column {
  cell(row: Row): string;
}

const gap = 2;
const narrowest = 8;

/**
 * Rows under their titles, as wide as the screen at most: columns that can be missed are left out, then the widest is
 * clipped.
 */
export function tableLines(screen: Screen, columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const width = widthOf(screen);
  const kept = fitting(columns, rows, width);
  const widths = clippedTo(
    width,
    kept.map((index) => widthOfColumn(columns, rows, index)),
  );
  const line = (cellAt: (index: number) => Cell) =>
    kept
      .map((index, place) => drawn(screen, cellAt(index), widths[place] ?? 0, columns[index]?.right === true))
      .join(' '.repeat(gap))
      .trimEnd();
  const titles = line((index) => ({ text: columns[index]?.title ?? '', colour: 'dim' }));
  return [titles, ...rows.map((row) => line((index) => row[index] ?? { text: '' }))];
}

/** A table of things that are all of one kind. */
export function listLines<Row>(screen: Screen, columns: readonly ListColumn<Row>[], rows: readonly Row[]): string[] {
  const cellsOf = (row: Row) => columns.map(({ cell }) => ({ text: cell(row) }));
  return tableLines(screen, columns, rows.map(cellsOf));
}

function fitting(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): number[] {
  let kept = columns.map((_, index) => index);
  const missed = (index: number) => columns[index]?.dispensable ?? 0;
  for (;;) {
    const worst = Math.max(0, ...kept.map(missed));
    const needed = total(kept.map((index) => widthOfColumn(columns, rows, index)));
    if (needed <= width || worst === 0) return kept;
    kept = kept.filter((index) => missed(index) < worst);
  }
}

function widthOfColumn(columns: readonly Column[], rows: readonly (readonly Cell[])[], index: number): number {
  return Math.max(cells(columns[index]?.title ?? ''), ...rows.map((row) => cells(row[index]?.text ?? '')));
}

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, one) => sum + one, 0) + gap * Math.max(0, widths.length - 1);

function clippedTo(width: number, widths: readonly number[]): readonly number[] {
  const over = total(widths) - width;
  const widest = Math.max(...widths);
  if (over <= 0 || widest <= narrowest) return widths;
  const at = widths.indexOf(widest);
  return clippedTo(width, widths.with(at, Math.max(narrowest, widest - over)));
}

function drawn(screen: Screen, { text, colour }: Cell, width: number, right: boolean): string {
  const fits = clipped(text, width);
  const full = padded('', width - cells(fits));
  const painted = colour === undefined ? fits : paint(screen, colour, fits);
  return right ? `${full}${painted}` : `${painted}${full}`;
}
