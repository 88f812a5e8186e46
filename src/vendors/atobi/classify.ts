import type { AnsweredDelivery, Delivery, UnansweredDelivery } from '../delivery.ts';
import { retryAfterMs } from '../retry-after.ts';
import type { KpiAnswer, KpiRefusal } from './answer.ts';

/** What is needed to judge an answer, and to tell about it. */
export interface KpiQuestion {
  /** `Atobi (POST https://…)`. */
  readonly place: string;
  /** Texts of `status` that say failure, in lower case. */
  readonly refusedStatuses: readonly string[];
  /** What to look at when the request as such is refused. */
  readonly hint: () => string;
  /** What must not be kept, should the answer repeat it. */
  readonly secrets: readonly string[];
}

/**
 * What a delivery came to. A transfer is taken with a 2XX and a status in the JSON body, and not taken with anything
 * else than a 2XX (help.atobi.io, "KPI Integration"); a 2XX that is not so says neither.
 */
export function classify(delivery: Delivery, question: KpiQuestion): KpiAnswer {
  return delivery.answer === null ? unanswered(delivery, question) : answered(delivery, question);
}

function unanswered({ sent, why }: UnansweredDelivery, { place }: KpiQuestion): KpiAnswer {
  const told = { http: null, status: null, answer: '', sent };
  if (sent) {
    return { ...told, kind: 'unknown', sentence: `${place}: ${why} Whether the transfer was taken is not known.` };
  }
  return { ...told, kind: 'refused', why: 'transient', sentence: `${place}: ${why} Nothing was sent.` };
}

function answered(delivery: AnsweredDelivery, question: KpiQuestion): KpiAnswer {
  const { status: http, body } = delivery.answer;
  const told = { http, status: null, answer: shown(body.toString(), longestAnswer, question), sent: true };
  const judged = http >= 200 && http < 300 ? judgeSuccess(delivery, question) : judgeRefusal(delivery, question);
  return { ...told, ...judged, sentence: `${question.place} answered ${http}${judged.sentence}` };
}

type Judged = Pick<KpiAnswer, 'kind' | 'sentence'> & Partial<Pick<KpiAnswer, 'why' | 'status' | 'retryAfterMs'>>;

const notKnown = 'whether the transfer was taken is not known.';

function judgeSuccess({ answer, complete }: AnsweredDelivery, question: KpiQuestion): Judged {
  if (!complete) return { kind: 'unknown', sentence: `, but its body was cut or too long: ${notKnown}` };
  const read = statusOf(answer.body);
  if ('reason' in read) return { kind: 'unknown', sentence: `, but ${read.reason}: ${notKnown}` };
  const status = shown(read.status, longestStatus, question);
  if (!question.refusedStatuses.includes(read.status.trim().toLowerCase())) {
    return { kind: 'accepted', status, sentence: ': the transfer was taken.' };
  }
  const sentence = ' with a `status` that stands in `refusedStatuses`: the transfer was not taken.';
  return { kind: 'refused', why: 'status', status, sentence };
}

function statusOf(body: Buffer): { status: string } | { reason: string } {
  const parsed = parse(body.toString());
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { reason: 'its body is no JSON object' };
  }
  const status = 'status' in parsed ? parsed.status : undefined;
  const told = typeof status === 'number' || typeof status === 'boolean' ? String(status) : status;
  return typeof told === 'string' && told.trim() !== '' ? { status: told } : { reason: 'its JSON has no `status`' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

function judgeRefusal({ answer: { status, headers } }: AnsweredDelivery, { hint }: KpiQuestion): Judged {
  const why = refusalOf(status, headers['retry-after'] !== undefined);
  const pause = why === 'rateLimited' ? retryAfterMs(headers['retry-after'], Date.now()) : null;
  const sentence = why === 'configuration' ? `${sentences[why]} ${hint()}` : sentences[why];
  return { kind: 'refused', why, sentence, ...(pause === null ? {} : { retryAfterMs: pause }) };
}

function refusalOf(status: number, asksToWait: boolean): KpiRefusal {
  if (status === 401) return 'token';
  if (status === 403) return 'forbidden';
  if (status === 429 || (status === 503 && asksToWait)) return 'rateLimited';
  if ([400, 413, 422].includes(status)) return 'splittable';
  return status >= 500 || status === 408 ? 'transient' : 'configuration';
}

const sentences: Record<KpiRefusal, string> = {
  token: ': it does not accept the token that it gave out for `clientId`.',
  forbidden:
    ': the client may not send KPIs. Ask Atobi to allow it, or put the right values where `clientId` and `clientSecret` refer to.',
  rateLimited: ': it asks for a pause.',
  splittable: ': it refuses the transfer as a whole.',
  transient: ': it cannot take the transfer now.',
  configuration: ': it does not know such a request.',
  status: '.',
};

const longestAnswer = 4000;
const longestStatus = 200;

/** An answer's text as it may be kept and shown: without secrets, control characters and what is too long. */
function shown(text: string, longest: number, { secrets }: KpiQuestion): string {
  const hidden = secrets.filter((secret) => secret !== '').reduce((all, secret) => all.replaceAll(secret, '***'), text);
  const plain = hidden.replaceAll(/\p{Cc}/gu, ' ').trim();
  // By characters: half of a pair could not be stored.
  return plain.length <= longest ? plain : [...plain.slice(0, longest * 2)].slice(0, longest).join('').toWellFormed();
}
