const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The same for the JSON Schema. */
export const durationPattern = '\\s*[0-9]{1,9}[smhd]\\s*';

/** Milliseconds of `30s`, `15m`, `2h` or `1d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(text.trim());
  const unit = match?.[2];
  if (match === null || (unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd')) return undefined;
  return Number(match[1]) * unitMs[unit];
}

/** The same the other way round, in the largest unit that fits: `90s`, `15m`; what is no whole second stays `1500ms`. */
export function showDuration(ms: number): string {
  if (ms === 0) return '0s';
  const [unit, size] = Object.entries(unitMs).findLast(([, length]) => ms % length === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
