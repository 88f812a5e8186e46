import { z } from 'zod';
import { baseUrlSchema } from '../base-url.ts';
import { type Schedule, scheduleSchema } from '../schedule.ts';
import type { SecretReference } from '../secrets.ts';
import { sizeSchema } from '../size.ts';
import { timeoutSchema } from '../timeout.ts';
import { missingOr, type Values } from '../values.ts';
import { clearTextMistake, isSafeOrAllowed, percent, wholeNumber } from './shared.ts';

export interface AtobiConnection {
  readonly name: string;
  readonly system: 'atobi';
  /** Absolute http(s) URL without a slash at its end, to whose path `/oauth/token` and `/api/external/…` are appended. */
  readonly baseUrl: string;
  /** No secret; kept like one so that it can stand beside the secret. */
  readonly clientId: SecretReference;
  readonly clientSecret: SecretReference;
  readonly scope?: string | undefined;
  /** One step of the address. */
  readonly apiVersion: string;
  /** The integration's identifier: `type` of every transfer. */
  readonly type: string;
  /** In any 60 seconds, token requests among them. */
  readonly requestsPerMinute: number;
  /** Elements of one transfer, at most. */
  readonly batchElements: number;
  /** Bytes of one transfer's body, at most. */
  readonly batchBytes: number;
  /** What happens to a transfer of which it is not known whether it was taken. */
  readonly onUnknown: 'resend' | 'hold';
  /** Texts of an answer's `status` that say failure, in lower case, without doubles. */
  readonly refusedStatuses: readonly string[];
  /** A push of more waits for a person. */
  readonly maxElements: number;
  /** More elements put aside than this share, and more than 10, make a push partial. */
  readonly maxQuarantinePercent: number;
  /** Without doubles; elements of other KPIs are sent as well. */
  readonly kpis: readonly KpiSource[];
  /** Milliseconds for one query of `kpis`. */
  readonly queryTimeout: number;
  /** A query of `kpis` with more rows is refused. */
  readonly maxRows: number;
  /** Milliseconds for one whole answer. */
  readonly timeout: number;
  readonly schedule?: Schedule | undefined;
  readonly allowInsecureHttp: boolean;
}

export interface KpiSource {
  readonly kpi: string;
  /** The KPI's own name where the file has none. */
  readonly context: string;
  /** For rows that have none of their own. */
  readonly units?: string | undefined;
  /** One SELECT; the KPI's values are those of `atobi.kpi_values` where absent. */
  readonly query?: string | undefined;
}

const clientIdError = 'must be the id that Atobi gave you, as plain text or by reference';
const typeError = 'must be the identifier of your integration, which Atobi gave you';
const scopeError = 'must be the scope that Atobi gave you';
const apiVersionError = 'must be the version in the address, like v1: letters, digits, `-`, `_`, `.`';
const onUnknownError = 'must be one of resend, hold';
const statusesError = 'must be a list of what `status` says when a transfer is refused, like [error, failed]';
const kpisError = 'must be a list of KPIs, each a mapping like {kpi: device_sales, query: SELECT …}';
const kpiError = 'must be a mapping with at least `kpi`';
const batchBytesError = 'must be from 1KB to 100MB';
const maxElementsDefault = 100_000;
const maxRowsDefault = 100_000;

/** What goes into a transfer: short, and nothing that no one sees. */
const isName = (text: string): boolean => /^\P{Cc}{1,200}$/u.test(text) && text.trim() === text;

const name = (what: string) => {
  const error = `must be ${what}: 1 to 200 characters, without blanks around them`;
  return z.string({ error: missingOr(error) }).refine(isName, { error });
};

const query = 'must be one SQL query in plain text';

const kpiShape = {
  kpi: name('the KPI’s name'),
  context: name('the name that groups KPIs').optional(),
  units: name('the unit of the values, like Eur').optional(),
  query: z
    .string({ error: query })
    .refine((text) => text.trim() !== '', { error: query })
    .optional(),
};

/** Keys that may stand in an entry of `kpis`. */
export const kpiKeys = Object.keys(kpiShape);

const kpi = z
  .strictObject(kpiShape, { error: (issue) => (issue.code === 'invalid_type' ? kpiError : undefined) })
  .transform((source): KpiSource => ({ ...source, context: source.context ?? source.kpi }));

const kpis = z.array(kpi, { error: kpisError }).superRefine((named, context) => {
  for (const [index, source] of named.entries()) {
    if (named.findIndex((other) => other.kpi === source.kpi) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'kpi'], message: 'is there already: give each KPI one entry' });
  }
});

const refusedStatuses = z
  .array(z.union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' }), {
    error: statusesError,
  })
  .transform((statuses) => [...new Set(statuses.map((status) => String(status).trim().toLowerCase()))]);

export function atobiSchema(values: Values) {
  return z
    .strictObject({
      system: z.literal('atobi'),
      baseUrl: baseUrlSchema(values),
      clientId: values.plainOrSecret('clientId', clientIdError),
      clientSecret: values.secret('clientSecret'),
      scope: values.text(scopeError).refine(isName, { error: scopeError }).optional(),
      apiVersion: values
        .text(apiVersionError)
        .refine((text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text), { error: apiVersionError })
        .default('v1'),
      type: values.text(typeError).refine(isName, { error: typeError }),
      requestsPerMinute: wholeNumber(1, 6000).default(180),
      batchElements: wholeNumber(1, 10_000).default(500),
      batchBytes: sizeSchema
        .refine((bytes) => bytes >= 1e3 && bytes <= 100e6, { error: batchBytesError })
        .default(1_000_000),
      onUnknown: z.enum(['resend', 'hold'], { error: onUnknownError }).default('resend'),
      refusedStatuses: refusedStatuses.default(['error', 'failed', 'false', '0']),
      maxElements: wholeNumber(1, 100_000_000).default(maxElementsDefault),
      maxQuarantinePercent: percent.default(1),
      kpis: kpis.default([]),
      queryTimeout: timeoutSchema(values, 60_000),
      maxRows: wholeNumber(1, 10_000_000).default(maxRowsDefault),
      timeout: timeoutSchema(values),
      schedule: scheduleSchema(values).optional(),
      allowInsecureHttp: z.boolean({ error: missingOr('must be true or false') }).default(false),
    })
    .refine(isSafeOrAllowed, clearTextMistake('the client secret'));
}
