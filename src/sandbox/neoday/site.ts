/** What gateway and store share. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '../vendor.ts';
import type { Account, Order } from './account.ts';
import type { Signatures } from './signatures.ts';
import type { StoreOptions } from './storage.ts';
import type { Credentials } from './token.ts';

export interface Settings extends Credentials {
  basePath: string;
  seed: number;
  order: Order;
  listedTwice: boolean;
  tokenSeconds: number;
  urlSeconds: number;
  filesHost: string | null;
  store: StoreOptions;
  latencyMs: number;
}

export interface Site {
  account: Account;
  signatures: Signatures;
  settings: Settings;
}

export type Answering = (call: Call, request: FastifyRequest, reply: FastifyReply) => void;

/** Path of a result's file in the store. */
export function filePath({ basePath }: Settings, systemName: string, resultId: string): string {
  return `${basePath}-files/automated-exports/${encodeURIComponent(systemName)}/${resultId}.json`;
}
