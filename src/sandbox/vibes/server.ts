/**
 * Vibes' incentive pools: list, one, create, update below `/companies/{companyKey}/incentives/pools`. Source:
 * developer-platform.vibes.com, Technical Details and Incentive Pool API. Not documented there and chosen here: 404 for
 * another company and for an unknown pool, 422 for settings that are not valid, 400 for a body that is no JSON.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Answer, jsonAnswer } from '../answer.ts';
import type { Call, EditableStream, Serve, Vendor } from '../vendor.ts';
import { registerPools } from './admin.ts';
import { Company, type PoolObject } from './company.ts';
import { vibesFaults } from './faults/kinds.ts';
import { type Complaint, readSettings } from './settings.ts';

export interface VibesOptions {
  /** Default `Sandbox1`. */
  companyKey?: string;
  /** Default `sandbox-user`. */
  username?: string;
  /** Default `sandbox-password`. */
  password?: string;
  /** Path before `/companies`. Default `/vibes`. */
  basePath?: string;
  /** Default 12. */
  pools?: number;
  /** The same seed gives the same pools on every machine. Default 1. */
  seed?: number;
  /** Codes that every pool issues in a second while it may and can. Default 0. */
  issuedPerSecond?: number;
  /** Answers have `max_charachters`, as in the vendor's OpenAPI document. Default false. */
  misspelt?: boolean;
  /** Times have seconds. Default false, as in the vendor's samples. */
  seconds?: boolean;
  /** What a POST or PUT is answered: the pool, or nothing. Default `pool`. */
  success?: 'pool' | 'empty';
  /** Over it, 429. Default 100. */
  requestsPerSecond?: number;
  /** Every answer comes so much later. Default 0. */
  latencyMs?: number;
}

/** What a test may do beside requests: what happens to pools by other hands. */
export interface VibesControls {
  readonly companyKey: string;
  readonly username: string;
  readonly password: string;
  /** Codes go out to people. @throws {NoSuchRecord} */
  issue(id: number, count: number): void;
  /** Codes are uploaded. @throws {NoSuchRecord} */
  refill(id: number, count: number): void;
  /** Somebody edits the pool in the vendor's user interface. @throws {NoSuchRecord} */
  change(id: number, settings: PoolObject): void;
  /** From now on a PUT of the pool is answered 422, or no longer. */
  lock(id: number, locked?: boolean): void;
}

/** The vendor and what may be done to it beside requests. */
export type Vibes = Vendor & { controls: VibesControls };

type Settings = Required<VibesOptions>;

export function createVibes(options: VibesOptions = {}): Vibes {
  const settings: Settings = { ...defaults, ...options };
  const { companyKey, username, password, basePath } = settings;
  const company = new Company(settings);
  const controls = { companyKey, username, password, ...controlsOf(company) };
  const vibes: Vibes = {
    controls,
    system: 'vibes',
    basePath,
    streams: new Map([['pools', poolStream(company)]]),
    faults: vibesFaults,
    secrets: [password, Buffer.from(`${username}:${password}`).toString('base64')],
    register: (app, serve) => registerApi(app, { vibes, company, settings, serve }),
    registerAdmin: (admin) => registerPools(admin, controls),
    failure: (status, message) => failure(status, [{ message, code: status }]),
  };
  return vibes;
}

const defaults: Settings = {
  companyKey: 'Sandbox1',
  username: 'sandbox-user',
  password: 'sandbox-password',
  basePath: '/vibes',
  pools: 12,
  seed: 1,
  issuedPerSecond: 0,
  misspelt: false,
  seconds: false,
  success: 'pool',
  requestsPerSecond: 100,
  latencyMs: 0,
};

function controlsOf(company: Company): Omit<VibesControls, 'companyKey' | 'username' | 'password'> {
  return {
    issue: (id, count) => company.issue(String(id), count),
    refill: (id, count) => company.refill(String(id), count),
    change: (id, settings) => company.change(String(id), settings),
    lock: (id, locked = true) => company.lock(String(id), locked),
  };
}

function poolStream(company: Company): EditableStream {
  return {
    get size() {
      return company.size;
    },
    records: () => company.records(),
    edit: (edit) => company.edit(edit),
    reset: () => company.reset(),
    precompute: () => undefined,
  };
}

interface Api {
  vibes: Vibes;
  company: Company;
  settings: Settings;
  serve: Serve;
}

function registerApi(app: FastifyInstance, api: Api): void {
  const { company, settings } = api;
  const pools = `${settings.basePath}/companies/:company/incentives/pools`;
  const limit = new RateLimit(settings.requestsPerSecond);
  app.register(async (scope) => {
    // Bodies of any type arrive: what is wrong with them is the vendor's to say.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    const on = (method: 'GET' | 'POST' | 'PUT', url: string, step: string, make: (request: FastifyRequest) => Answer) =>
      scope.route({
        method,
        url,
        handler: (request, reply) => {
          const call = guarded(api, limit, request, step, () => make(request));
          api.serve(api.vibes, call, request, reply);
        },
      });
    on('GET', pools, 'list', () => {
      const texts = [...company.records()].map(({ text }) => text);
      return jsonAnswer(200, `[${texts.join(',')}]`);
    });
    on('GET', `${pools}/:id`, 'get', (request) => {
      const text = company.textOf(idOf(request));
      return text === null ? notFound() : jsonAnswer(200, text);
    });
    on('POST', pools, 'create', (request) =>
      withSettings(request, (wanted) => {
        const text = company.draft(wanted);
        return success(settings, text, () => company.insert(text));
      }),
    );
    on('PUT', `${pools}/:id`, 'update', (request) => {
      const id = idOf(request);
      if (company.textOf(id) === null) return notFound();
      if (company.isLocked(id)) return failure(422, [{ message: 'The pool is not updatable', code: 12 }]);
      return withSettings(request, (wanted) =>
        success(settings, company.preview(id, wanted), () => company.change(id, wanted)),
      );
    });
  });
}

/** A request that needs a user of the company, and room within the limit. */
function guarded({ settings }: Api, limit: RateLimit, request: FastifyRequest, step: string, make: () => Answer): Call {
  const key = standing(settings, request.raw);
  const { company } = z.object({ company: z.string() }).parse(request.params);
  const answer = (): Answer => {
    if (!limit.take()) return failure(429, [{ message: 'Too many requests', code: 429 }]);
    if (key !== 'accepted') return { status: 401, headers: {}, body: Buffer.alloc(0) };
    if (company !== settings.companyKey) return failure(404, [{ message: 'There is no such company', code: 404 }]);
    return make();
  };
  return { stream: 'pools', page: null, step, key, latencyMs: settings.latencyMs, make: answer };
}

function standing({ username, password }: Settings, { headers }: IncomingMessage): 'accepted' | 'wrong' | 'missing' {
  if (headers.authorization === undefined) return 'missing';
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return headers.authorization === expected ? 'accepted' : 'wrong';
}

function idOf({ params }: FastifyRequest): string {
  return z.object({ id: z.string() }).parse(params).id;
}

function withSettings({ body }: FastifyRequest, then: (settings: PoolObject) => Answer): Answer {
  const json = parsed(body);
  if (json === undefined) return failure(400, [{ message: 'The body is not JSON', code: 400 }]);
  const read = readSettings(json);
  return 'complaints' in read ? failure(422, read.complaints) : then(read.settings);
}

function parsed(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

function success({ success: kind }: Settings, pool: string, took: () => void): Answer {
  return { ...jsonAnswer(200, kind === 'pool' ? pool : ''), took };
}

const notFound = (): Answer => failure(404, [{ message: 'There is no such incentive pool', code: 404 }]);

function failure(status: number, errors: readonly Complaint[]): Answer {
  return jsonAnswer(status, JSON.stringify({ errors }));
}

/** So many requests in any second. */
class RateLimit {
  readonly #most: number;
  #taken: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  take(): boolean {
    const now = performance.now();
    this.#taken = this.#taken.filter((at) => at > now - 1000);
    if (this.#taken.length >= this.#most) return false;
    this.#taken.push(now);
    return true;
  }
}
