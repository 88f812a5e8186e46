import { z } from 'zod';
import { isClearText } from '../base-url.ts';

/** Settings that mean the same for every vendor. */

const percentError = { error: 'must be a number from 0 to 100' };
export const percent = z.number(percentError).min(0, percentError).max(100, percentError);

export function wholeNumber(from: number, to: number) {
  const error = { error: `must be a whole number from ${from} to ${to}` };
  return z.int(error).min(from, error).max(to, error);
}

interface Reachable {
  baseUrl: string;
  allowInsecureHttp: boolean;
}

export const isSafeOrAllowed = ({ baseUrl, allowInsecureHttp }: Reachable): boolean =>
  allowInsecureHttp === true || !isClearText(baseUrl);

/** Goes with `isSafeOrAllowed`; `what` would travel in clear text. */
export const clearTextMistake = (what: string) => ({
  path: ['baseUrl'],
  error: `would send ${what} in clear text: use https, or set \`allowInsecureHttp: true\` where the network is private`,
  // Also beside other mistakes, which by default would hide this one.
  when: ({ value, issues }: z.core.ParsePayload) =>
    z.object({ baseUrl: z.string() }).safeParse(value).success && !issues.some(({ path }) => path?.[0] === 'baseUrl'),
});
