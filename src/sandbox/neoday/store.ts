/** The store's requests: everything below the path of the files. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Answer } from '../answer.ts';
import type { Answering, Site } from './site.ts';
import { fileAnswer, rangeStart, storageFailure } from './storage.ts';

export function registerStore(app: FastifyInstance, site: Site, answer: Answering): void {
  const { basePath, latencyMs } = site.settings;
  app.all(`${basePath}-files/*`, (request, reply) => {
    const { pathname } = new URL(request.raw.url ?? '', 'http://localhost');
    const [, name = '', result = null] = /\/automated-exports\/([^/]+)\/([^/]+)\.json$/.exec(pathname) ?? [];
    const call = {
      stream: site.account.exports.has(name) ? name : null,
      page: null,
      key: null,
      step: 'download',
      result,
      rangeStart: rangeStart(request.raw),
      latencyMs,
      failure: storageFailure,
      make: () => handOut(site, result, request.raw),
    };
    answer(call, request, reply);
  });
}

function handOut({ account, settings, signatures }: Site, resultId: string | null, request: IncomingMessage): Answer {
  if (request.method !== 'GET') return storageFailure(405, 'The specified method is not allowed');
  // S3 refuses two ways of proving who one is; here it also shows that a client leaks its token to the store.
  if (request.headers.authorization !== undefined) return storageFailure(400, 'Only one auth mechanism allowed');
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const standing = signatures.queryStanding(pathname, searchParams);
  if (standing === 'wrong') return storageFailure(403, 'The signature does not match', 'SignatureDoesNotMatch');
  if (standing === 'expired') return storageFailure(403, 'Request has expired');
  const result = account.result(resultId ?? '');
  if (result === undefined) return storageFailure(404, 'The specified key does not exist');
  const again = (firstBlock: number) => account.file(result, firstBlock);
  return fileAnswer({ ...settings.store, file: again(0), again, modified: new Date(result.createdAt) }, request);
}
