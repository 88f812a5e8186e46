/**
 * Requests of the admin API for what was taken. Answers are JSON.
 *
 *     GET    /_sandbox/accepted/atobi  every element, with the times at which it was taken
 *     DELETE /_sandbox/accepted/atobi  as if nothing had ever been taken
 *     DELETE /_sandbox/tokens/atobi    no token is good any more
 */
import type { FastifyInstance } from 'fastify';
import type { AtobiControls } from './server.ts';

export function registerTaken(admin: FastifyInstance, atobi: AtobiControls): void {
  admin.get('/accepted/atobi', async () => atobi.accepted());
  admin.delete('/accepted/atobi', async () => {
    atobi.forgetAccepted();
    return {};
  });
  admin.delete('/tokens/atobi', async () => {
    atobi.revokeTokens();
    return {};
  });
}
