import { AuthenticationError, ConfigurationError, type SyncError } from '../../errors.ts';
import type { HttpAnswer } from '../http.ts';
import { ResultGoneError } from './errors.ts';

/** What NeoDay's gateway means by an answer without success; undefined for what such an answer means anywhere. */
type Explain = (answer: HttpAnswer, place: string) => SyncError | undefined;

/** The gateway does not know the token: it may only have ended, or been taken back. */
export class TokenRefusedError extends AuthenticationError {}

/** The token endpoint: whatever it finds wrong with the request, it is about the two values that are sent. */
export const explainToken: Explain = (answer, place) => {
  const { status } = answer;
  if (isLocaleMissing(answer)) return localeMissing(answer, place);
  if (![400, 401, 403, 422].includes(status)) return undefined;
  return new AuthenticationError(`${place} answered ${status}: it does not accept \`clientId\` and \`clientSecret\`.`);
};

export const explainGateway: Explain = (answer, place) => {
  const { status } = answer;
  if (isLocaleMissing(answer)) return localeMissing(answer, place);
  if (status === 401) {
    return new TokenRefusedError(
      `${place} answered 401: it does not accept the token that it gave out for \`clientId\`.`,
    );
  }
  if (status !== 403) return undefined;
  return new AuthenticationError(
    `${place} answered 403: the client may not read this. It needs a role with the permission \`automated-exports-view\`.`,
  );
};

export const explainResults =
  (systemName: string): Explain =>
  (answer, place) =>
    answer.status === 404 || answer.status === 410
      ? new ConfigurationError(
          `${place} answered ${answer.status}: there is no export \`${systemName}\` (any more). Check \`exports:\` and \`baseUrl\`.`,
        )
      : explainGateway(answer, place);

export const explainFetch: Explain = (answer, place) =>
  answer.status === 404 || answer.status === 410
    ? new ResultGoneError(`${place} answered ${answer.status}: the result is gone.`)
    : explainGateway(answer, place);

/** "Missing Locale" comes as a 401, with a token that is quite right (dev.neoday.com/server-apis). */
function isLocaleMissing({ status, body }: HttpAnswer): boolean {
  return status >= 400 && status < 500 && /missing[\s_-]*locale/i.test(body.toString('utf8', 0, 4000));
}

function localeMissing({ status }: HttpAnswer, place: string): ConfigurationError {
  return new ConfigurationError(
    `${place} answered ${status}, Missing Locale: set \`locale:\` of the connection to one that NeoDay set up for you, like en_GB.`,
  );
}
