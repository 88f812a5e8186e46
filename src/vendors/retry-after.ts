/** The longest pause that a vendor can ask for: longer ones are taken for a mistake in the header. */
const longestMs = 60 * 60 * 1000;

/**
 * `Retry-After` in milliseconds from `now`, whether it holds seconds or an HTTP date; null where it is missing or
 * neither.
 */
export function retryAfterMs(header: string | string[] | undefined, now: number): number | null {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') return null;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : httpDate(text) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestMs) : null;
}

/** NaN for anything else: `Date.parse` alone takes `-5` for a year. */
function httpDate(text: string): number {
  return /^[a-z]{3,9}, .*GMT$/i.test(text) ? Date.parse(text) : Number.NaN;
}
