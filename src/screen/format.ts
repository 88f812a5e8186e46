import { stripVTControlCharacters } from 'node:util';
import { count } from '../words.ts';
import { cells } from './width.ts';

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

/** What stays on one line where it fits: a command in backticks, which is to be copied whole, and a figure with its unit. */
const unbroken = /`[^`\n]*`\S*|[\d.,]+ (?:s|min|h|d|MB)\b\S*|\S+/g;

/**
 * A text in lines of at most so many cells, broken between words. Further lines are indented by four, or as the first
 * one where that is more.
 */
export function folded(text: string, width: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const further = indent.length > 4 ? indent : '    ';
  const lines: string[] = [];
  let rest = text;
  while (cells(rest) > width) {
    const end = breakOf(rest, width, lines.length === 0 ? indent.length : further.length);
    lines.push(rest.slice(0, end));
    rest = `${further}${rest.slice(end).trimStart()}`;
  }
  return [...lines, rest];
}

/** Where the last word ends that fits; within it, if it is the first one and longer than a line. */
function breakOf(text: string, width: number, indent: number): number {
  const fits = [...text.matchAll(unbroken)]
    .map(({ index, 0: word }) => index + word.length)
    .filter((end) => cells(text.slice(0, end)) <= width);
  const space = text.lastIndexOf(' ', width);
  return fits.at(-1) ?? (space > indent ? space : width);
}

/** What is to be typed stays as it stands, and so do tables. */
const typed = /^(incentive-sync|npx|npm|export|psql|temporal|curl|\/\S+)\s/;
const gap = / {2,}(?=\S)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a label may be coloured with the blanks after it
const labelled = /^(\s*\S(?:.*?\S)??(?: |\u001b\[\d+m)* {2,})(\S.*)$/;

/** Sentences in lines of at most so many cells; those after a label, like `next run  in 5 min`, stay beside it. */
export function fitted(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (cells(line) <= width ? [line] : fittedLine(line, width)))
    .join('\n');
}

function fittedLine(line: string, width: number): string[] {
  const [, label = '', words = ''] = labelled.exec(line) ?? ['', '', line.trimStart()];
  if (gap.test(words) || typed.test(stripVTControlCharacters(words))) return [line];
  if (label === '' || cells(label) > width / 2) return folded(line, width);
  const [first = '', ...others] = folded(`${' '.repeat(cells(label))}${words}`, width);
  return [`${label}${first.slice(cells(label))}`, ...others];
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
