import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** A webhook that was taken; `body` is its JSON, or its text where it is none. */
export interface Caught {
  receivedAt: number;
  key: string | null;
  body: unknown;
}

const most = 1_000;

/** Takes webhooks as the receiving end of alerts does, and keeps the newest. */
export class Catcher {
  #caught: Caught[] = [];

  list(): Caught[] {
    return [...this.#caught];
  }

  reset(): void {
    this.#caught = [];
  }

  take(body: unknown, key: string | null): void {
    this.#caught = [...this.#caught, { receivedAt: Date.now(), key, body }].slice(-most);
  }
}

const headers = z.object({ 'idempotency-key': z.string().optional() });

/** `POST /_sandbox/webhook` takes one, `GET` lists, `DELETE` forgets them. */
export function registerCatcher(admin: FastifyInstance, catcher: Catcher): void {
  admin.post('/webhook', async (request) => {
    catcher.take(request.body, headers.parse(request.headers)['idempotency-key'] ?? null);
    return {};
  });
  admin.get('/webhook', async () => catcher.list());
  admin.delete('/webhook', async () => {
    catcher.reset();
    return {};
  });
}
