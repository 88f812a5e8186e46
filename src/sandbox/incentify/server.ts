/**
 * Incentify's documented requests: GET `/projects`, `/credits`, `/utilizations`, `/incentive_programs`, 50 records a
 * page, header `x-api-key`. Source: developer.incentify.com, list and overview page of each resource. Not documented
 * there and chosen here: 403 for a bad key (an option), 422 for a `page` that is no positive whole number, an empty
 * page beyond the last, as Laravel's paginator answers it.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type Answer, jsonAnswer } from '../answer.ts';
import type { Serve, Vendor } from '../vendor.ts';
import { type EndOfList, failureEnvelope, type LinkStyle } from './envelope.ts';
import { incentifyFaults } from './faults/kinds.ts';
import { Pages } from './pages.ts';
import { credits } from './records/credits.ts';
import { incentivePrograms } from './records/incentivePrograms.ts';
import { createPortfolio, type PortfolioSizes } from './records/portfolio.ts';
import { projects } from './records/projects.ts';
import { utilizations } from './records/utilizations.ts';

export interface IncentifyOptions {
  /** The key that is accepted. Default `sandbox-key`. */
  apiKey?: string;
  /** Answer to a missing or wrong key. Default 403, the failure that the documentation prints. */
  badKeyStatus?: 401 | 403;
  /** Path before `/projects`. Default `/incentify`. */
  basePath?: string;
  /** Default 200 projects, 1,000 credits, 10,000 utilizations, 20 incentive programmes. */
  sizes?: Partial<PortfolioSizes>;
  /** The same seed and sizes give the same records on every machine. Default 1. */
  seed?: number;
  /** Default 50. */
  perPage?: number;
  /** Default `absolute`. */
  links?: LinkStyle;
  /** Default `null`. */
  end?: EndOfList;
  /** Every answer comes so much later. Default 0. */
  latencyMs?: number;
}

export const defaultKey = 'sandbox-key';
const defaultSizes: PortfolioSizes = { projects: 200, credits: 1000, utilizations: 10_000, incentivePrograms: 20 };

/** @throws {ConfigurationError} for sizes that make no portfolio */
export function createIncentify(options: IncentifyOptions = {}): Vendor {
  const { apiKey = defaultKey, badKeyStatus = 403, basePath = '/incentify', latencyMs = 0 } = options;
  const streams = createStreams(options, basePath);
  const vendor: Vendor = {
    system: 'incentify',
    basePath,
    streams,
    faults: incentifyFaults,
    secrets: [apiKey],
    register,
    failure,
  };

  function register(app: FastifyInstance, serve: Serve): void {
    for (const [stream, pages] of streams) {
      app.get(`${basePath}/${stream}`, (request, reply) => {
        const page = pageNumber(request.raw.url ?? '');
        const key = keyOf(request.raw, apiKey);
        const make = () => (key === 'accepted' ? answerPage(pages, page, request.raw) : refusal(badKeyStatus));
        serve(vendor, { stream, page, key, latencyMs, make }, request, reply);
      });
    }
  }
  return vendor;
}

function createStreams(options: IncentifyOptions, basePath: string): Map<string, Pages> {
  const { seed = 1, perPage = 50, links = 'absolute', end = 'null' } = options;
  const portfolio = createPortfolio(seed, { ...defaultSizes, ...options.sizes });
  const sources = {
    projects: projects(portfolio),
    credits: credits(portfolio),
    utilizations: utilizations(portfolio),
    incentive_programs: incentivePrograms(portfolio),
  };
  return new Map(
    Object.entries(sources).map(([stream, source]) => [
      stream,
      new Pages(source, { path: `${basePath}/${stream}`, perPage, links, end }),
    ]),
  );
}

function answerPage(pages: Pages, page: number | null, request: IncomingMessage): Answer {
  if (page === null) return failure(422, 'page must be a whole number from 1 up.');
  return jsonAnswer(200, pages.body(page, `http://${request.headers.host ?? 'localhost'}`));
}

function keyOf({ headers }: IncomingMessage, accepted: string): 'accepted' | 'wrong' | 'missing' {
  const key = headers['x-api-key'];
  if (key === undefined) return 'missing';
  return key === accepted ? 'accepted' : 'wrong';
}

function refusal(status: 401 | 403): Answer {
  return failure(status, 'The API key is missing or not valid.');
}

function failure(status: number, message: string): Answer {
  return jsonAnswer(status, failureEnvelope(status, message));
}

/** 1 without `page`; null for anything but a positive whole number. */
function pageNumber(url: string): number | null {
  const mark = url.indexOf('?');
  const page = mark < 0 ? null : new URLSearchParams(url.slice(mark + 1)).get('page');
  if (page === null) return 1;
  return /^[1-9]\d{0,14}$/.test(page) ? Number(page) : null;
}
