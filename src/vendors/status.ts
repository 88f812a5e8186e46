import {
  AuthenticationError,
  ConfigurationError,
  RateLimitedError,
  type SyncError,
  VendorContractError,
  VendorUnavailableError,
} from '../errors.ts';
import { retryAfterMs } from './retry-after.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** How long to wait where the vendor does not say it. */
const pauseDefaultMs = 5_000;

/** What an answer without success means, in words that hold nothing of its body. */
export function refusalOf(status: number, headers: Headers, place: string): SyncError {
  if (status === 401 || status === 403) {
    return new AuthenticationError(
      `${place} answered ${status}: it does not accept the key, or the key may not read this.`,
    );
  }
  const busy = busyRefusal(status, headers, place);
  if (busy !== null) return busy;
  if (status >= 300 && status < 400) {
    const target = originOf(headers.location);
    return new ConfigurationError(
      `${place} answered ${status}: it redirects to ${target}, where the key is not sent. If that is right, set \`baseUrl\` to the address that it redirects to.`,
    );
  }
  if (status !== 404 && status !== 410) {
    return new VendorContractError(`${place} answered ${status}: it refuses the request. Check \`baseUrl\`.`);
  }
  return new ConfigurationError(
    `${place} answered ${status}: there is no such resource. Check \`baseUrl\`: its host and the path in front of the resource.`,
  );
}

/** What an answer means that may be another one later (408, 429, 5xx); null for any other. */
export function busyRefusal(
  status: number,
  headers: Headers,
  place: string,
): RateLimitedError | VendorUnavailableError | null {
  const pause = retryAfterMs(headers['retry-after'], Date.now());
  if (status === 429 || (status === 503 && pause !== null)) {
    return rateLimited(`${place} answered ${status}`, pause ?? pauseDefaultMs);
  }
  return status >= 500 || status === 408 ? new VendorUnavailableError(`${place} answered ${status}.`) : null;
}

/** The pause's end is part of the sentence, so that it is seen wherever the failure is. */
function rateLimited(what: string, pauseMs: number): RateLimitedError {
  const end = new Date(Date.now() + pauseMs).toISOString().slice(0, 19);
  return new RateLimitedError(`${what}: it asks for a pause until ${end}Z.`, pauseMs);
}

/** Nothing but scheme and host: the rest of an address can carry secrets. */
function originOf(location: string | string[] | undefined): string {
  const url = typeof location === 'string' ? URL.parse(location) : null;
  return url === null ? 'another path' : url.origin;
}
