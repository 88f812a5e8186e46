import { z } from 'zod';
import { AuthenticationError, ConfigurationError, type SyncError, VendorContractError } from '../../errors.ts';
import type { HttpAnswer } from '../http.ts';

const mostSentences = 5;
const longestSentence = 200;

const errorBody = z.looseObject({
  errors: z.array(z.looseObject({ message: z.string(), code: z.union([z.number(), z.string().max(40)]).nullish() })),
});

/**
 * The sentences of a 4XX answer, `{"errors": [{"message", "code"}]}` (developer-platform.vibes.com, Technical Details);
 * null for any other body, of which nothing is shown.
 */
export function vendorSentences(body: Buffer): string | null {
  const { data } = errorBody.safeParse(parsed(body));
  if (data === undefined || data.errors.length === 0) return null;
  const told = data.errors.slice(0, mostSentences).map(({ message, code }) => {
    const sentence = message
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
      .slice(0, longestSentence);
    return code === undefined || code === null ? sentence : `${sentence} (code ${code})`;
  });
  const more = data.errors.length - told.length;
  return `“${told.join('; ')}”${more > 0 ? ` and ${more} more` : ''}`;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

/** What an answer without success means at Vibes; undefined for what it means everywhere. */
export function explain(companyKey: string) {
  return ({ status, body }: HttpAnswer, place: string): SyncError | undefined => {
    const told = vendorSentences(body);
    if (status === 401) return new AuthenticationError(`${place} answered 401: ${badPassword}${said(told)}`);
    if (status === 403) return new AuthenticationError(`${place} answered 403: ${forbidden(told, companyKey)}`);
    if (status === 404) return new ConfigurationError(`${place} answered 404: ${notThere(companyKey)}${said(told)}`);
    if (status < 400 || status >= 500 || status === 408 || status === 429) return undefined;
    if (told === null) return undefined;
    return new VendorContractError(`${place} answered ${status}: ${told}.`);
  };
}

const badPassword =
  'it does not accept `username` and `password`. They differ between the regions, so check `region` or `baseUrl` too.';

/** The API itself explains a 403; who answers without a word has most likely not even looked at the password. */
function forbidden(told: string | null, companyKey: string): string {
  if (told !== null) {
    return `the user is known, but may not do this for the company \`${companyKey}\`.${said(told)} Check \`companyKey\`, or ask Vibes for the right.`;
  }
  return `it refuses without a reason, as it does where this machine's IP address is not on the allow-list; then the password is not to blame. Ask Vibes to allow the address that this machine (or its proxy) goes out by, and check that the user may work for the company \`${companyKey}\`.`;
}

const notThere = (companyKey: string): string =>
  `there is no such resource. Check \`companyKey\`, which is \`${companyKey}\`, and \`region\` or \`baseUrl\`.`;

const said = (told: string | null): string => (told === null ? '' : ` It says ${told}.`);
