import { stripVTControlCharacters } from 'node:util';

/** East Asian wide and full-width characters, and pictures: two cells each. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /^[\p{Mark}\p{Cf}]*$/u;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Cells that a text takes on a terminal; what only colours it takes none. */
export function cells(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  return [...graphemes.segment(plain)].reduce((sum, { segment }) => sum + cellsOf(segment), 0);
}

function cellsOf(grapheme: string): number {
  if (wide.test(grapheme)) return 2;
  return invisible.test(grapheme) ? 0 : 1;
}

/** The text with blanks after it, or before it, until it takes so many cells. */
export function padded(text: string, width: number, side: 'after' | 'before' = 'after'): string {
  const blanks = ' '.repeat(Math.max(0, width - cells(text)));
  return side === 'after' ? `${text}${blanks}` : `${blanks}${text}`;
}

/** A plain text in so many cells at most; `…` stands for what is cut off. */
export function clipped(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (cells(kept) + cellsOf(segment) > width - 1) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept}…`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colours a text begins with one
const colouring = /(\u001b\[[0-9;]*m)/;

/** The same of a text with colours in it: these stay whole, and the last one is ended. */
export function clippedPainted(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let left = width;
  const parts = text.split(colouring).map((part) => {
    if (colouring.test(part)) return part;
    const kept = clipped(part, left);
    left = kept === part ? left - cells(part) : 0;
    return kept;
  });
  return parts.join('');
}
