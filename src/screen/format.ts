/** `10,000`: the same in every locale, because people paste it into reports. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Bytes as megabytes without the unit: `0.3`, `9.5`, `12`, `1,200`. */
export function megabytes(bytes: number): string {
  return bytes < 9.95e6 ? (bytes / 1e6).toFixed(1) : count(bytes / 1e6);
}

/** Seconds in words, at most two units: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  return twoUnits(Math.floor(whole / 3600), 'h', Math.round((whole % 3600) / 60), 'min');
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Rows per second, or null where no time has passed to divide by. */
export function rate(rows: number, seconds: number): number | null {
  return seconds > 0 ? rows / seconds : null;
}

/** A date and time that a person in any zone understands: `2026-03-01 06:00 UTC`. */
export function moment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
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
