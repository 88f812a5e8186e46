import { z } from 'zod';
import { missingOr } from './values.ts';

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};
const sizePattern = '^\\s*[0-9]{1,15}(\\.[0-9]{1,6})?\\s*([kKmMgGtT]?[iI]?[bB])?\\s*$';
const sizeError = 'must be a number of bytes above 0, or a size like 500MB or 2GB';

/** A size as whole bytes, from a number or from text such as `500MB` (1,000,000 each) or `2GiB` (1,073,741,824 each). */
export const sizeSchema = z
  .union([z.number().meta({ minimum: 1 }), z.string().meta({ pattern: sizePattern })], { error: missingOr(sizeError) })
  .transform((written, context) => {
    const bytes = Math.floor(typeof written === 'number' ? written : parseSize(written));
    if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
    context.addIssue({ code: 'custom', message: sizeError });
    return z.NEVER;
  });

function parseSize(text: string): number {
  const [, number = '', unit = 'B'] = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{1,3})?$/i.exec(text.trim()) ?? [];
  return number === '' ? Number.NaN : Number(number) * (units[unit.toUpperCase()] ?? Number.NaN);
}
