/** The gateway's four requests. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Answer, jsonAnswer } from '../answer.ts';
import type { Call } from '../vendor.ts';
import { ordered, type Result } from './account.ts';
import { type Answering, filePath, type Site } from './site.ts';
import { answerToken, failure, secretStanding, tokenRequest } from './token.ts';

const maxPerPage = 100;

export function registerGateway(app: FastifyInstance, site: Site, answer: Answering): void {
  const automated = `${site.settings.basePath}/api/1/data-exporter/automated`;
  registerToken(app, site, answer);
  app.get(automated, (request, reply) => {
    answer(
      guarded(site, request, { step: 'exports' }, () => exportList(site)),
      request,
      reply,
    );
  });
  app.get(`${automated}/:name/results`, (request, reply) => {
    const { name } = z.object({ name: z.string() }).parse(request.params);
    const place = placeOf(request.raw.url ?? '');
    const stream = site.account.exports.has(name) ? name : null;
    const asked = { step: 'results', stream, page: place?.page ?? null };
    answer(
      guarded(site, request, asked, () => resultList(site, name, place)),
      request,
      reply,
    );
  });
  app.get(`${automated}/fetch/:id`, (request, reply) => {
    const { id } = z.object({ id: z.string() }).parse(request.params);
    const stream = site.account.result(id)?.systemName ?? null;
    answer(
      guarded(site, request, { step: 'fetch', stream, result: id }, () => link(site, id, request.raw)),
      request,
      reply,
    );
  });
}

function registerToken(app: FastifyInstance, { settings, signatures }: Site, answer: Answering): void {
  const { basePath, latencyMs, tokenSeconds } = settings;
  app.register(async (scope) => {
    // Bodies of any type arrive: what is wrong with them is the vendor's to say.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.post(`${basePath}/api/1/oauth2/access_token`, (request, reply) => {
      const asked = tokenRequest(request.body);
      const key = secretStanding(asked, settings);
      const make = () => answerToken(asked, settings, signatures, tokenSeconds);
      answer({ stream: null, page: null, step: 'token', key, latencyMs, make }, request, reply);
    });
  });
}

/** A request that needs a token. */
function guarded(site: Site, { raw }: FastifyRequest, asked: Partial<Call>, make: () => Answer): Call {
  const key = tokenStanding(site, raw);
  const refusal = () => failure(401, 'The resource owner or authorization server denied the request.');
  const { latencyMs } = site.settings;
  return { stream: null, page: null, ...asked, key, latencyMs, make: key === 'accepted' ? make : refusal };
}

function tokenStanding({ signatures }: Site, { headers }: IncomingMessage): 'accepted' | 'wrong' | 'missing' {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return 'missing';
  return signatures.tokenStanding(token) === 'good' ? 'accepted' : 'wrong';
}

function exportList({ account, settings }: Site): Answer {
  const list = [...account.exports.values()].map(({ id, systemName, results }) => {
    const [newest] = ordered(results, 'newest-first', settings.seed);
    return { id, system_name: systemName, last_run: newest === undefined ? null : described(newest) };
  });
  return jsonAnswer(200, JSON.stringify(list));
}

function resultList({ account, settings }: Site, name: string, place: Place | null): Answer {
  const found = account.exports.get(name);
  if (found === undefined) return failure(404, `There is no automated export ${name}.`);
  if (place === null) return failure(400, 'page and perPage must be whole numbers from 1 up.');
  const once = ordered(found.results, settings.order, settings.seed);
  const list = settings.listedTwice ? [...once, ...once.slice(0, 1)] : once;
  const from = (place.page - 1) * place.perPage;
  const results = list.slice(from, from + place.perPage).map(described);
  return jsonAnswer(200, JSON.stringify({ results, total: list.length }));
}

function described({ id, createdAt, expiresAt }: Result) {
  return { id, expires_at: expiresAt, created_at: createdAt };
}

function link({ account, settings, signatures }: Site, id: string, { headers }: IncomingMessage): Answer {
  const result = account.result(id);
  if (result === undefined) return failure(404, `There is no result ${id}.`);
  const path = filePath(settings, result.systemName, id);
  const origin = new URL(`http://${headers.host ?? 'localhost'}`);
  if (settings.filesHost !== null) origin.hostname = settings.filesHost;
  const url = `${origin.origin}${path}?${signatures.query(path, settings.urlSeconds)}`;
  return jsonAnswer(200, JSON.stringify({ result: { id, download_url: url } }));
}

interface Place {
  page: number;
  perPage: number;
}

/** The first page of 10 without a word, as in the documentation's example; null for what is no positive whole number. */
function placeOf(url: string): Place | null {
  const mark = url.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const [page, perPage] = [query.get('page') ?? '1', query.get('perPage') ?? '10'];
  if (![page, perPage].every((text) => /^[1-9]\d{0,8}$/.test(text))) return null;
  return { page: Number(page), perPage: Math.min(maxPerPage, Number(perPage)) };
}
