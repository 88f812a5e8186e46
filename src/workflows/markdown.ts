/** Markdown whose parts stay whole whatever the texts in it say. Lengths are bytes: Temporal counts those. */

/** Of UTF-8; half a character counts as the three bytes that replace it. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** On one line, at most so many bytes of it. */
export function oneLine(text: string, mostBytes: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ').trim();
  if (bytesOf(line) <= mostBytes) return line;
  let kept = '';
  let bytes = bytesOf('…');
  for (const character of line) {
    bytes += bytesOf(character);
    if (bytes > mostBytes) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The Web UI gives a page less height than it needs: what it cuts off is this last line. */
const margin = '\u00a0';

/** Parts below one another; empty ones are left out. */
export const page = (parts: readonly string[]): string => [...parts.filter((part) => part !== ''), margin].join('\n\n');

const mostSentenceBytes = 600;
const mostCellBytes = 80;

/** Vendor strings must not become markup. */
function plain(text: string): string {
  return text.replace(/[\\`*_~{}[\]<>#|&$]/g, '\\$&');
}

/** A sentence as text. What we have put between backticks stays code where nothing in it can be read another way. */
export function sentence(text: string): string {
  const parts = oneLine(text, mostSentenceBytes).split('`');
  const isCode = (_: string, index: number) => index % 2 === 1;
  const paired = parts.length % 2 === 1 && parts.filter(isCode).every((code) => /^[^<>|\\]+$/.test(code));
  // Two backticks side by side are a mark of their own.
  const single = parts.slice(1, -1).every((part) => part !== '');
  if (!paired || !single) return plain(parts.join('`'));
  return parts.map((part, index) => (isCode(part, index) ? `\`${part}\`` : plain(part))).join('');
}

/** Quoted sentences, the first ones in full and how many more there are. */
export function quotes(sentences: readonly string[], most: number): string[] {
  const left = sentences.length - most;
  const shown = sentences.slice(0, most).map((text) => `> ${sentence(text)}`);
  return left > 0 ? [...shown, `> … and ${left} more`] : shown;
}

const widestLine = 64;

/** A block of code that ends where it is meant to; its long lines are folded, because the Web UI does not. */
export function fence(lines: readonly string[]): string {
  const text = lines.flatMap((line) => folded(oneLine(line, mostSentenceBytes)));
  const longest = Math.max(2, ...text.flatMap((line) => line.match(/`+/g) ?? []).map(({ length }) => length));
  const mark = '`'.repeat(longest + 1);
  return [mark, ...text, mark].join('\n');
}

/** Commands are not folded: a line of them is typed as it stands. */
export function commands(lines: readonly string[]): string {
  return ['```sh', ...lines.map((line) => oneLine(line, mostSentenceBytes).replaceAll('`', '')), '```'].join('\n');
}

function folded(text: string): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > widestLine) {
    const space = rest.lastIndexOf(' ', widestLine);
    const end = space > 0 ? space : widestLine;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

const texts = ['stream', 'state'];

/** Columns are figures, but for those that name things. Rows for which there is no room are left out whole, and counted. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], mostBytes: number): string {
  const lines = [lineOf(head.map(cell)), lineOf(head.map((title) => (texts.includes(title) ? ':--' : '--:')))];
  let bytes = bytesOf(lines.join('\n'));
  for (const [index, row] of rows.entries()) {
    const line = lineOf(row.map(cell));
    bytes += bytesOf(line) + 1;
    if (bytes > mostBytes) return [...lines, '', `… and ${rows.length - index} more`].join('\n');
    lines.push(line);
  }
  return lines.join('\n');
}

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Nothing in it breaks, since the Web UI cuts off what wraps; and it gives columns no distance of their own. */
const cell = (text: string): string => `${plain(oneLine(text, mostCellBytes)).replaceAll(' ', '\u00a0')}\u00a0`;
