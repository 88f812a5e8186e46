/**
 * Atobi's KPI API: the token and the KPI endpoint. Source: help.atobi.io, "KPI Integration". Not documented there and
 * chosen here: failures in the shape of Laravel, the words of `status`, the form of a 429, the largest body.
 */
import type { FastifyInstance } from 'fastify';
import type { Call, Serve, Vendor } from '../vendor.ts';
import { registerTaken } from './admin.ts';
import { atobiFaults } from './faults/kinds.ts';
import { failure, kpiAnswering } from './kpi.ts';
import { SlidingLimit } from './limit.ts';
import { type AtobiOptions, defaults, type Settings } from './settings.ts';
import { Taken, type TakenElement } from './taken.ts';
import { readForm, Tokens, tokenPattern } from './tokens.ts';

/** What a test may ask of the vendor beside requests. */
export interface AtobiControls {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly type: string;
  /** Every element that was taken, in the order in which they first were. */
  accepted(): TakenElement[];
  /** As if nothing had ever been taken. */
  forgetAccepted(): void;
  /** No token that was handed out is good any more. */
  revokeTokens(): void;
}

/** The vendor and what may be asked of it beside requests. */
export type Atobi = Vendor & { controls: AtobiControls };

export function createAtobi(options: AtobiOptions = {}): Atobi {
  const settings = { ...defaults, ...options };
  const { basePath, clientId, clientSecret, type } = settings;
  const parts = {
    settings,
    taken: new Taken(),
    tokens: new Tokens(settings),
    limit: new SlidingLimit(settings.requestsPerMinute, settings.windowMs),
  };
  const { taken, tokens, limit } = parts;
  const controls: AtobiControls = {
    ...{ clientId, clientSecret, type },
    accepted: () => taken.list(),
    forgetAccepted: () => taken.reset(),
    revokeTokens: () => tokens.revoke(),
  };
  const atobi: Atobi = {
    controls,
    system: 'atobi',
    basePath,
    streams: new Map(),
    faults: atobiFaults,
    secrets: [clientSecret, tokenPattern],
    register: (app, serve) => registerApi(app, parts, atobi, serve),
    registerAdmin: (admin) => registerTaken(admin, controls),
    failure,
    reset: () => {
      taken.reset();
      limit.reset();
    },
  };
  return atobi;
}

interface Parts {
  settings: Settings;
  taken: Taken;
  tokens: Tokens;
  limit: SlidingLimit;
}

function registerApi(app: FastifyInstance, parts: Parts, atobi: Atobi, serve: Serve): void {
  const { settings, tokens } = parts;
  const { basePath, apiVersion, latencyMs } = settings;
  const answering = kpiAnswering(parts);
  app.register(async (scope) => {
    // Bodies of any type arrive: what is wrong with them is the vendor's to say.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.post(`${basePath}/oauth/token`, (request, reply) => {
      const form = readForm(request.headers['content-type'], request.body);
      const call = { stream: null, page: null, step: 'token', key: tokens.secretStanding(form), latencyMs };
      const make = () => tokens.answer(form);
      serve(atobi, settings.limits === 'all' ? limited(parts, { ...call, make }) : { ...call, make }, request, reply);
    });
    scope.post(`${basePath}/api/external/${apiVersion}/kpi`, (request, reply) => {
      const { key, context, answer } = answering(request, tokens.standing(request.headers.authorization));
      const call = { stream: context, page: null, step: 'kpi', key, latencyMs, make: () => answer };
      serve(atobi, limited(parts, call), request, reply);
    });
  });
}

/** Counted when it arrives, whatever then becomes of it. */
function limited({ settings, limit }: Parts, call: Call): Call {
  const wait = limit.arrive(Date.now());
  if (wait === 0) return call;
  const seconds = Math.ceil(wait / 1000);
  const told = { seconds: String(seconds), date: new Date(Date.now() + seconds * 1000).toUTCString(), none: null };
  const retryAfter = told[settings.retryAfter];
  const refusal = failure(429, 'Too Many Attempts.');
  const headers = retryAfter === null ? refusal.headers : { ...refusal.headers, 'retry-after': retryAfter };
  return { ...call, make: () => ({ ...refusal, headers }) };
}
