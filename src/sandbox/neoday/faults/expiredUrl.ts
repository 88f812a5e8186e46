import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import { ageOf } from '../signatures.ts';
import { downloads } from './file.ts';

/** 403 for download URLs that are older than so many seconds, or used more often; without either, for every one. */
export const expiredUrl = faultKind(
  'expired-url',
  z.strictObject({
    kind: z.literal('expired-url'),
    ...downloads,
    afterSeconds: z.number().nonnegative().optional(),
    afterUses: z.int().positive().optional(),
  }),
  ({ afterSeconds, afterUses }) => {
    const uses = new Map<string, number>();
    const always = afterSeconds === undefined && afterUses === undefined;
    return {
      change: (answer, { request, failure }) => {
        const { searchParams } = new URL(request.url ?? '', 'http://localhost');
        const signature = searchParams.get('X-Amz-Signature') ?? '';
        const used = (uses.get(signature) ?? 0) + 1;
        uses.set(signature, used);
        const old = afterSeconds !== undefined && ageOf(searchParams) >= afterSeconds;
        const worn = afterUses !== undefined && used > afterUses;
        return always || old || worn ? failure(403, 'Request has expired') : answer;
      },
    };
  },
);
