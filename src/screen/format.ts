import { count } from '../words.ts';

export { count, duration } from '../words.ts';

/** Bytes as megabytes without the unit: `0.3`, `9.5`, `12`, `1,200`. */
export function megabytes(bytes: number): string {
  return bytes < 9.95e6 ? (bytes / 1e6).toFixed(1) : count(bytes / 1e6);
}

/** Rows per second, or null where no time has passed to divide by. */
export function rate(rows: number, seconds: number): number | null {
  return seconds > 0 ? rows / seconds : null;
}

/** A date and time that a person in any zone understands: `2026-03-01 06:00 UTC`. */
export function moment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A moment of this machine's zone, `2026-03-01 07:00:05`: for tables, whose reader knows where it stands. */
export function local(at: Date): string {
  return at.toLocaleString('sv-SE');
}

/** Vendors' and servers' texts end up on a terminal: control characters must not move its cursor. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to take out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');
}

/** A text in lines of at most so many characters, broken between words; further lines are indented. */
export function folded(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space < 0 || rest.slice(0, space).trim() === '' ? width : space;
    lines.push(rest.slice(0, end));
    rest = `    ${rest.slice(end).trimStart()}`;
  }
  return [...lines, rest];
}

/** An example in a help text: the command, blanks, what it does. */
const example = /^(\s*)(\S.*?)( {2,})(\S.*)$/;

/** A help text in lines of at most so many characters; what an example does goes below it where both do not fit. */
export function foldedHelp(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= width ? [line] : foldedExample(line, width)))
    .join('\n');
}

function foldedExample(line: string, width: number): string[] {
  const [, indent = '', command, , words] = example.exec(line) ?? [];
  const isExample = command?.startsWith('incentive-sync ') === true;
  // A command is to be copied, so it stays whole.
  if (isExample && words !== undefined) return [`${indent}${command}`, ...folded(`${indent}    # ${words}`, width)];
  return /^\s*\S*(incentive-sync|curl)\b/.test(line) ? [line] : folded(line, width);
}
