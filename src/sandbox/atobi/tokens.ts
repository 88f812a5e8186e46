/** The token endpoint: a form in, JSON out. Source: help.atobi.io, "KPI Integration"; its failures are Laravel Passport's. */
import { randomBytes } from 'node:crypto';
import { type Answer, jsonAnswer } from '../answer.ts';
import type { JournalEntry } from '../journal.ts';
import type { Settings } from './settings.ts';

/** What a token looks like wherever it may turn up. */
export const tokenPattern = /sandbox-token-[\w-]+/g;

const form = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/** Null for anything but a form: PHP would see no values either. */
export function readForm(type: string | undefined, body: unknown): URLSearchParams | null {
  return form.test(type ?? '') && typeof body === 'string' ? new URLSearchParams(body) : null;
}

export class Tokens {
  readonly #settings: Settings;
  /** Until when each is good. */
  readonly #until = new Map<string, number>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  secretStanding(asked: URLSearchParams | null): JournalEntry['key'] {
    const [id, secret] = [asked?.get('client_id'), asked?.get('client_secret')];
    if (!id || !secret) return 'missing';
    return id === this.#settings.clientId && secret === this.#settings.clientSecret ? 'accepted' : 'wrong';
  }

  answer(asked: URLSearchParams | null): Answer {
    if (!asked?.get('grant_type')) {
      return failure(400, 'invalid_request', 'The request is missing a required parameter: grant_type.');
    }
    if (asked.get('grant_type') !== 'client_credentials') {
      const message = 'The authorization grant type is not supported by the authorization server.';
      return failure(400, 'unsupported_grant_type', message);
    }
    if (this.secretStanding(asked) === 'missing') {
      return failure(400, 'invalid_request', 'The request is missing a required parameter: client_id, client_secret.');
    }
    if (this.secretStanding(asked) === 'wrong') return failure(401, 'invalid_client', 'Client authentication failed');
    const { scope } = this.#settings;
    if (scope !== null && asked.get('scope') !== scope) {
      return failure(400, 'invalid_scope', 'The requested scope is invalid, unknown, or malformed');
    }
    return this.#issue();
  }

  standing(authorization: string | undefined): 'accepted' | 'wrong' | 'missing' {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return 'missing';
    return (this.#until.get(token) ?? 0) > Date.now() ? 'accepted' : 'wrong';
  }

  /** None that was handed out is good any more. */
  revoke(): void {
    this.#until.clear();
  }

  #issue(): Answer {
    const { tokenSeconds, expiresIn } = this.#settings;
    const token = `sandbox-token-${randomBytes(24).toString('base64url')}`;
    this.#until.set(token, Date.now() + tokenSeconds * 1000);
    const told = { number: { expires_in: tokenSeconds }, text: { expires_in: String(tokenSeconds) }, none: {} };
    return jsonAnswer(200, JSON.stringify({ token_type: 'Bearer', ...told[expiresIn], access_token: token }));
  }
}

function failure(status: number, error: string, message: string): Answer {
  return jsonAnswer(status, JSON.stringify({ error, error_description: message, message }));
}
