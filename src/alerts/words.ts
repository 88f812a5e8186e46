/** Milliseconds in words, rounded: `45 s`, `20 min`, `3 h 10 min`, `2 days`. */
export function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
  return `${Math.round(minutes / 1440)} days`;
}

/** A date and time that a person in any zone understands: `2026-03-01 06:00 UTC`. */
export function moment(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `1 code`, `1,200 codes`. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}

const mostReasons = 3;
const longestReason = 600;

/** The first sentences of a receipt, and how many more there are. */
export function reasonsInWords(reasons: readonly string[]): string {
  if (reasons.length === 0) return 'It left no reason: it was terminated.';
  const first = reasons.slice(0, mostReasons).map((reason) => cut(reason));
  const more = reasons.length - first.length;
  return [...first, ...(more > 0 ? [`(${more} more in the receipt.)`] : [])].join(' ');
}

export function cut(text: string, atMost = longestReason): string {
  return text.length <= atMost ? text : `${text.slice(0, atMost).trimEnd()}…`;
}
