/** What a POST or PUT may hold, and what is said of anything else. */
import { z } from 'zod';
import type { PoolObject } from './company.ts';

export interface Complaint {
  message: string;
  code: number;
}

const codes = z.strictObject({ low_threshold: z.int().min(0), max_characters: z.int().min(1) });

const settings = z.strictObject({
  name: z.string().trim().min(1),
  issuance_allowed: z.boolean(),
  redemption_allowed: z.boolean(),
  incentive_codes: codes,
  distribution: z.strictObject({ method: z.enum(['unique', 'multi']) }),
  // Missing in the oldest version of the vendor's page.
  notification_email_address: z.email().optional(),
});

/** All settings, as the vendor's OpenAPI document has them; anything else, counts of codes included, is complained about. */
export function readSettings(body: unknown): { settings: PoolObject } | { complaints: Complaint[] } {
  const { data, error } = settings.safeParse(body);
  if (error === undefined) return { settings: data };
  const complaints = error.issues.flatMap((issue) => {
    const place = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [complaint(place, issue.message)];
    return issue.keys.map((key) => complaint(place === '' ? key : `${place}.${key}`, 'cannot be set'));
  });
  return { complaints };
}

function complaint(place: string, what: string): Complaint {
  return { message: `${place === '' ? 'body' : place}: ${what}`, code: 1 };
}
