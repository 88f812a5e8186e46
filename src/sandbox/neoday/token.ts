/** The token endpoint: JSON in, JSON out. Source: dev.neoday.com/server-apis/automated-exports, "Getting a client_access_token". */
import { type Answer, jsonAnswer } from '../answer.ts';
import type { JournalEntry } from '../journal.ts';
import type { Signatures } from './signatures.ts';

export interface Credentials {
  /** Default `sandbox-client`. */
  clientId: string;
  /** Default `sandbox-secret`. */
  clientSecret: string;
}

interface TokenRequest {
  grant_type?: unknown;
  client_id?: unknown;
  client_secret?: unknown;
}

/** Null for anything but a JSON object. */
export function tokenRequest(body: unknown): TokenRequest | null {
  try {
    const asked: unknown = JSON.parse(String(body));
    return typeof asked === 'object' && asked !== null ? asked : null;
  } catch {
    return null;
  }
}

export function secretStanding(
  asked: TokenRequest | null,
  { clientId, clientSecret }: Credentials,
): JournalEntry['key'] {
  if (typeof asked?.client_id !== 'string' || typeof asked.client_secret !== 'string') return 'missing';
  return asked.client_id === clientId && asked.client_secret === clientSecret ? 'accepted' : 'wrong';
}

/** @param seconds how long the token is good */
export function answerToken(
  asked: TokenRequest | null,
  credentials: Credentials,
  signatures: Signatures,
  seconds: number,
): Answer {
  if (asked?.grant_type === undefined) {
    return failure(400, 'The request is missing a required parameter: grant_type.', 'invalid_request');
  }
  if (asked.grant_type !== 'client_credentials') {
    const message = 'The authorization grant type is not supported by the authorization server.';
    return failure(400, message, 'unsupported_grant_type');
  }
  switch (secretStanding(asked, credentials)) {
    case 'missing':
      return failure(400, 'The request is missing a required parameter: client_id, client_secret.', 'invalid_request');
    case 'accepted': {
      const token = signatures.token(credentials.clientId, seconds);
      return jsonAnswer(200, JSON.stringify({ token_type: 'Bearer', expires_in: seconds, access_token: token }));
    }
    default:
      return failure(401, 'Client authentication failed', 'invalid_client');
  }
}

const errors: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'access_denied',
  404: 'not_found',
  429: 'too_many_requests',
};

/** In the shape of league/oauth2-server, whose endpoint the token's path is. */
export function failure(status: number, message: string, error = errors[status] ?? 'server_error'): Answer {
  return jsonAnswer(status, JSON.stringify({ error, message }));
}
