/** The KPI endpoint: the whole transfer is taken, or nothing of it. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Answer, jsonAnswer } from '../answer.ts';
import type { JournalEntry } from '../journal.ts';
import type { Settings } from './settings.ts';
import type { Taken } from './taken.ts';
import { type Mistakes, readTransfer, type Transfer, transferSchema } from './transfer.ts';

/** A request to the endpoint, as far as it could be understood. */
export interface Asked {
  key: JournalEntry['key'];
  context: string | null;
  answer: Answer;
}

/** The answer to a transfer that could be taken. */
export interface TransferAnswer extends Answer {
  readonly transfer: Transfer;
  took(entry: JournalEntry): void;
}

export const isTransferAnswer = (answer: Answer): answer is TransferAnswer => 'transfer' in answer;

export interface KpiPlace {
  settings: Settings;
  taken: Taken;
}

export function kpiAnswering({ settings, taken }: KpiPlace) {
  const schema = transferSchema(settings);
  return ({ headers, body }: FastifyRequest, key: JournalEntry['key']): Asked => {
    const text = String(body ?? '');
    const parsed = parse(text);
    const context = z.object({ context: z.string() }).safeParse(parsed).data?.context ?? null;
    const refused = (refusal: Answer): Asked => ({ key, context, answer: refusal });
    if (key !== 'accepted') return refused(failure(401, 'Unauthenticated.'));
    if (Buffer.byteLength(text) > settings.maxBodyBytes) return refused(failure(413, 'Payload Too Large'));
    const mistakes = headerMistakes(headers);
    if (mistakes !== null) return refused(invalid(mistakes));
    if (parsed === undefined) return refused(failure(400, 'The request body is no valid JSON.'));
    const read = readTransfer(schema, parsed);
    if ('mistakes' in read) return refused(invalid(read.mistakes));
    const { transfer } = read;
    const answer: TransferAnswer = {
      ...jsonAnswer(200, JSON.stringify({ status: settings.status })),
      transfer,
      took: ({ seq }) => taken.add(transfer, seq),
    };
    return { key, context, answer };
  };
}

function headerMistakes({ accept, 'content-type': type }: FastifyRequest['headers']): Mistakes | null {
  if (!/^application\/json\s*(;|$)/i.test(type ?? '')) return { 'Content-Type': ['must be application/json.'] };
  return /application\/json/i.test(accept ?? '') ? null : { Accept: ['must be application/json.'] };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In the shape of Laravel, which `Y-m-d H:i:s` and `/oauth/token` look like. */
export function invalid(errors: Mistakes): Answer {
  return jsonAnswer(422, JSON.stringify({ message: 'The given data was invalid.', errors }));
}

export function failure(status: number, message: string): Answer {
  return jsonAnswer(status, JSON.stringify({ message }));
}
