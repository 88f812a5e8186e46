import type { z } from 'zod';
import { VendorContractError } from '../errors.ts';

/** An answer's JSON as a schema reads it; `what` it should be: `a list of exports`. @throws VendorContractError */
export function readAnswer<T>(schema: z.ZodType<T>, body: Buffer, place: string, what: string): T {
  const { data, error } = schema.safeParse(parse(body, place));
  if (error === undefined) return data;
  const [issue] = error.issues;
  const path = (issue?.path ?? [])
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('');
  const where = path === '' ? '' : ` (\`${path.replace(/^\./, '')}\` is missing or of the wrong kind)`;
  throw new VendorContractError(`${place} sent something that is not ${what} as documented${where}.`);
}

function parse(body: Buffer, place: string): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    const what = body.toString('latin1', 0, 200).trimStart().startsWith('<') ? 'an HTML page' : 'a body that is not';
    throw new VendorContractError(`${place} sent ${what === 'an HTML page' ? `${what} instead of` : what} JSON.`);
  }
}
