/** Numbers and times as people read them: the same in every locale. */

export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** At most two units: `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return units(Math.floor(whole / 60), 'min', whole % 60, 's');
  return units(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
}

const units = (large: number, unit: string, small: number, smaller: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;

/** `2026-03-01 06:00:09 UTC`; a text that is no time stays as it is. */
export function moment(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Seconds from one ISO 8601 time to another; 0 where either is no time. */
export function secondsBetween(from: string, to: string): number {
  const ms = Date.parse(to) - Date.parse(from);
  return Number.isNaN(ms) ? 0 : Math.max(0, ms / 1000);
}
