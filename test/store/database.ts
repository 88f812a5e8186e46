import { randomUUID } from 'node:crypto';
import postgres, { type Sql } from 'postgres';
import { afterAll, inject } from 'vitest';
import { clientOptions } from '../../src/store/connect.ts';
import { withDatabase } from '../support/servers.ts';

const clients: Sql[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end({ timeout: 1 }))));

/** A client that is closed after the file's tests. */
export function connect(url: string): Sql {
  const client = postgres(url, { ...clientOptions(url, 'test'), max: 2 });
  clients.push(client);
  return client;
}

/** An empty database, and the address of the suite's administrator in it. */
export async function emptyDatabase(): Promise<string> {
  const name = `store_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await connect(inject('databaseUrl')).unsafe(`CREATE DATABASE ${name}`);
  return withDatabase(inject('databaseUrl'), name);
}
