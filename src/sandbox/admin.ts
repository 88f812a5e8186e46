/**
 * The sandbox's admin API. Bodies and answers are JSON; a mistake is answered 400 or 404 with `{"message": …}`.
 *
 *     GET    /_sandbox/state                      addresses, sizes, faults, held requests
 *     GET    /_sandbox/journal                    entries; ?system= ?stream= ?path=/incentify/* ?after=<seq>
 *     DELETE /_sandbox/journal                    empties it
 *     GET    /_sandbox/faults                     those set, with how often each matched and fired
 *     POST   /_sandbox/faults                     adds one fault, or an array of them
 *     PUT    /_sandbox/faults                     replaces all by an array
 *     DELETE /_sandbox/faults                     none any more; held requests go on
 *     DELETE /_sandbox/faults/<id>                one less
 *     POST   /_sandbox/release                    lets held requests go: {system?, stream?, pages?, count?}
 *     GET    /_sandbox/records/<system>/<stream>  [{"id": "901", "text": "{…}"}, …] in the API's order, streamed
 *     POST   /_sandbox/records/<system>/<stream>  one edit or an array: put, insert, delete, update, reorder
 *     POST   /_sandbox/webhook                    takes an alert, as its receiver does; GET lists those taken, DELETE forgets them
 *     POST   /_sandbox/reset                      generated records, no faults, empty journal
 *
 * A vendor may have more: neoday/admin.ts, atobi/admin.ts. Requests to the admin API are not in the journal, and faults do not touch them.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ConfigurationError } from '../errors.ts';
import { type Catcher, registerCatcher } from './catcher.ts';
import { type Edit, NoSuchRecord, type RawRecord } from './records.ts';
import type { Controls } from './sandbox.ts';
import type { Vendor } from './vendor.ts';

const position = z.int().nonnegative();
const place = { id: z.union([z.string(), z.number()]).optional(), at: position.optional() };
const edit = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('put'), text: z.string(), ...place }),
  z.strictObject({ op: z.literal('insert'), text: z.string(), at: position.optional() }),
  z.strictObject({ op: z.literal('delete'), ...place }),
  z.strictObject({ op: z.literal('update'), set: z.record(z.string(), z.unknown()), ...place }),
  z.strictObject({ op: z.literal('reorder'), order: z.enum(['reverse', 'shuffle']), seed: z.int().optional() }),
]) satisfies z.ZodType<Edit>;

const journalFilter = z.strictObject({
  system: z.string().optional(),
  stream: z.string().optional(),
  path: z.string().optional(),
  after: z.coerce.number().optional(),
});

const release = z.strictObject({
  system: z.string().optional(),
  stream: z.string().optional(),
  pages: z.array(z.int()).optional(),
  count: z.int().positive().optional(),
});

const streamName = z.object({ system: z.string(), stream: z.string() });
const faultId = z.object({ id: z.coerce.number() });

export function registerAdmin(
  app: FastifyInstance,
  sandbox: Controls,
  vendors: readonly Vendor[],
  catcher: Catcher,
): void {
  app.register(
    async (admin) => {
      admin.setErrorHandler((error, _request, reply) => {
        reply.code(statusOf(error)).send({ message: wordsOf(error) });
      });
      registerInspection(admin, sandbox);
      registerFaults(admin, sandbox);
      registerRecords(admin, sandbox);
      registerCatcher(admin, catcher);
      for (const vendor of vendors) vendor.registerAdmin?.(admin);
    },
    { prefix: '/_sandbox' },
  );
}

function registerInspection(admin: FastifyInstance, sandbox: Controls): void {
  admin.get('/state', async () => sandbox.state());
  admin.get('/journal', async ({ query }) => sandbox.journal(journalFilter.parse(query)));
  admin.delete('/journal', async () => {
    sandbox.resetJournal();
    return {};
  });
  admin.post('/reset', async () => {
    sandbox.reset();
    return sandbox.state();
  });
}

function registerFaults(admin: FastifyInstance, sandbox: Controls): void {
  admin.get('/faults', async () => sandbox.state().faults);
  admin.post('/faults', async ({ body }) => sandbox.addFaults(...listOf(body)));
  admin.put('/faults', async ({ body }) => sandbox.setFaults(listOf(body)));
  admin.delete('/faults', async () => {
    sandbox.clearFaults();
    return {};
  });
  admin.delete('/faults/:id', async ({ params }, reply) => {
    const { id } = faultId.parse(params);
    return sandbox.removeFault(id) ? {} : reply.code(404).send({ message: `There is no fault ${id}.` });
  });
  admin.post('/release', async ({ body }) => ({ released: sandbox.release(release.parse(body ?? {})) }));
}

function registerRecords(admin: FastifyInstance, sandbox: Controls): void {
  admin.get('/records/:system/:stream', (request, reply) => {
    const { system, stream } = streamName.parse(request.params);
    const records = sandbox.records(system, stream);
    reply.type('application/json').send(Readable.from(jsonParts(records)));
  });
  admin.post('/records/:system/:stream', async (request) => {
    const { system, stream } = streamName.parse(request.params);
    const edits = z.array(edit).parse(listOf(request.body));
    sandbox.edit(system, stream, ...edits);
    return { edits: edits.length };
  });
}

function listOf(body: unknown): unknown[] {
  return Array.isArray(body) ? body : [body];
}

const recordsPerPart = 500;

/** One JSON array in parts of moderate size: the whole may be larger than a string can be. */
function* jsonParts(records: Iterable<RawRecord>): Generator<string> {
  let part: string[] = [];
  let separator = '[';
  for (const record of records) {
    part.push(separator, JSON.stringify(record));
    separator = ',';
    if (part.length < recordsPerPart * 2) continue;
    yield part.join('');
    part = [];
  }
  if (separator === '[') part.push('[');
  yield `${part.join('')}]`;
}

function statusOf(error: unknown): number {
  if (error instanceof NoSuchRecord) return 404;
  if (error instanceof ConfigurationError || error instanceof z.ZodError) return 400;
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return 500;
}

function wordsOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
