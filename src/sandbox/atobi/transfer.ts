/** What a transfer has to be. Source: help.atobi.io, "KPI Integration": every key of its tables and samples, and no other. */
import { z } from 'zod';
import type { Settings } from './settings.ts';

/** Messages by place, `data.0.elements.2.value`, as Laravel's validator gives them. */
export type Mistakes = Readonly<Record<string, readonly string[]>>;

const name = z.string().min(1).max(255);

/** PHP's `Y-m-d H:i:s`, of a moment that there is. */
const time = z.string().refine(
  (text) => {
    const moment = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? new Date(`${text.replace(' ', 'T')}Z`) : null;
    if (moment === null || Number.isNaN(moment.getTime())) return false;
    return moment.toISOString().slice(0, 19).replace('T', ' ') === text;
  },
  { error: 'does not match the format Y-m-d H:i:s.' },
);

const element = z.strictObject({
  id: z.int().positive(),
  kpi: name,
  object_type: z.literal('number'),
  value: z.string().regex(/^-?\d+(\.\d+)?$/, { error: 'must be a number, as text.' }),
  units: name.optional(),
  timestamp: time,
  date_from: time.optional(),
  date_to: time.optional(),
});

const subject = z
  .strictObject({ user_id: name.optional(), location_id: name.optional(), elements: z.array(element).min(1) })
  .refine((one) => one.user_id !== undefined || one.location_id !== undefined, {
    path: ['user_id'],
    error: 'is required when location_id is not present.',
  });

type Subject = z.infer<typeof subject>;

export interface Transfer {
  readonly context: string;
  readonly data: readonly Subject[];
}

/** The schema of transfers to an integration with these settings. */
export function transferSchema({ type, contexts }: Settings) {
  const known = (text: string) => contexts === null || contexts.includes(text);
  return z.strictObject({
    type: z.literal(type, { error: 'is not the identifier of an integration.' }),
    version: z.literal('1.0.0'),
    context: name.refine(known, { error: 'is not a known context.' }),
    data: z.array(subject).min(1),
  });
}

export function readTransfer(
  schema: ReturnType<typeof transferSchema>,
  parsed: unknown,
): { transfer: Transfer } | { mistakes: Mistakes } {
  const { data, error } = schema.safeParse(parsed);
  if (data !== undefined) return { transfer: data };
  const mistakes: Record<string, string[]> = {};
  for (const { path, message } of error.issues) {
    const place = path.join('.') || 'body';
    mistakes[place] = [...(mistakes[place] ?? []), `The ${place} field: ${message}`];
  }
  return { mistakes };
}
