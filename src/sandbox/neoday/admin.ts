/**
 * Requests of the admin API for results of exports. Bodies and answers are JSON.
 *
 *     GET  /_sandbox/results/neoday/<export>       results in order of appearance
 *     POST /_sandbox/results/neoday/<export>       lets a new one appear: {createdAt?, expiresAt?, step?, rows?, text?}
 *     GET  /_sandbox/results/neoday/<export>/<id>  {id, createdAt, expiresAt, rows, bytes}
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Result } from './account.ts';
import type { NeodayControls } from './server.ts';

const percent = z.number().min(0).max(100).optional();
const time = z.iso.datetime({ offset: true }).optional();
const newResult = z.strictObject({
  createdAt: time,
  expiresAt: time,
  step: z.strictObject({ changedPercent: percent, newPercent: percent, removedPercent: percent }).optional(),
  rows: z.array(z.string()).optional(),
  text: z.string().optional(),
});

const exportName = z.object({ name: z.string() });
const resultPlace = exportName.extend({ id: z.string() });

export function registerResults(admin: FastifyInstance, neoday: NeodayControls): void {
  admin.get('/results/neoday/:name', async ({ params }) =>
    neoday.results(exportName.parse(params).name).map(described),
  );
  admin.post('/results/neoday/:name', async ({ params, body }) =>
    described(neoday.addResult(exportName.parse(params).name, newResult.parse(body ?? {}))),
  );
  admin.get('/results/neoday/:name/:id', async ({ params }) => {
    const { id } = resultPlace.parse(params);
    const { result, rows, bytes } = neoday.file(id);
    return { ...described(result), rows, bytes };
  });
}

function described({ id, createdAt, expiresAt }: Result) {
  return { id, createdAt, expiresAt };
}
