/**
 * Requests of the admin API for what happens to pools by other hands. Bodies and answers are JSON.
 *
 *     POST /_sandbox/pools/vibes/<id>  {issue?, refill?, change?, locked?}
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { VibesControls } from './server.ts';

const count = z.int().positive().optional();
const happening = z.strictObject({
  issue: count,
  refill: count,
  change: z
    .looseObject({ incentive_codes: z.record(z.string(), z.unknown()).optional() })
    .transform(({ incentive_codes, ...others }) => ({ ...others, ...(incentive_codes && { incentive_codes }) }))
    .optional(),
  locked: z.boolean().optional(),
});

const place = z.object({ id: z.coerce.number() });

export function registerPools(admin: FastifyInstance, vibes: VibesControls): void {
  admin.post('/pools/vibes/:id', async ({ params, body }) => {
    const { id } = place.parse(params);
    const { issue, refill, change, locked } = happening.parse(body ?? {});
    if (refill !== undefined) vibes.refill(id, refill);
    if (issue !== undefined) vibes.issue(id, issue);
    if (change !== undefined) vibes.change(id, change);
    if (locked !== undefined) vibes.lock(id, locked);
    return {};
  });
}
