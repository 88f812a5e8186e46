import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { System } from '../receipt.ts';
import { searchAttributeNames, type Trigger } from '../workflows/names.ts';
import { grpcCode, grpcStatus } from './grpc.ts';

const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const names = Object.values(searchAttributeNames);

/**
 * `ready`: every attribute is there as Keyword. `unavailable`: runs go on without them; `sentence` says why and holds the
 * command that a person with the right to do so can type.
 */
export type SearchAttributesState = { ready: true; registered: string[] } | { ready: false; sentence: string };

/** What `registerSearchAttributes` would register, in the same shape. Changes nothing. */
export async function planSearchAttributes(client: Client): Promise<SearchAttributesState> {
  return withRights(client, () => look(client));
}

/** Registers what is missing. Safe to repeat, and when two installations do it at the same moment. */
export async function registerSearchAttributes(client: Client): Promise<SearchAttributesState> {
  return withRights(client, async () => {
    const state = await look(client);
    if (state.ready) await add(client, state.registered);
    return state;
  });
}

async function look(client: Client): Promise<SearchAttributesState> {
  const before = await customAttributes(client);
  const wrong = names.filter((name) => before[name] !== undefined && before[name] !== keyword);
  if (wrong.length > 0) return { ready: false, sentence: wrongType(wrong, client.options.namespace) };
  return { ready: true, registered: names.filter((name) => before[name] === undefined) };
}

async function withRights(client: Client, work: () => Promise<SearchAttributesState>): Promise<SearchAttributesState> {
  try {
    return await work();
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return { ready: false, sentence: forbidden(client.options.namespace) };
  }
}

async function customAttributes(client: Client) {
  const { operatorService } = client.connection;
  const answer = await operatorService.listSearchAttributes({ namespace: client.options.namespace });
  return answer.customAttributes;
}

/** Two that register at once trip over each other in the server, so what counts is whether they are there afterwards. */
async function add(client: Client, missing: string[], tries = 5): Promise<void> {
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, keyword]));
  const namespace = client.options.namespace;
  try {
    await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (isForbidden(error) || tries === 1) throw error;
    await sleep(100 + Math.random() * 200);
    const now = await customAttributes(client);
    await add(
      client,
      missing.filter((name) => now[name] === undefined),
      tries - 1,
    );
  }
}

function isForbidden(error: unknown): boolean {
  const code = grpcCode(error);
  return (
    code === grpcStatus.permissionDenied || code === grpcStatus.unimplemented || code === grpcStatus.unauthenticated
  );
}

function forbidden(namespace: string): string {
  const flags = names.map((name) => `--name ${name} --type Keyword`).join(' ');
  return `Search attributes cannot be registered with these rights; runs work without them. To have them, let an administrator type: temporal operator search-attribute create --namespace ${namespace} ${flags}`;
}

function wrongType(wrong: string[], namespace: string): string {
  return `In namespace ${namespace} the search attributes ${wrong.join(', ')} exist with another type than Keyword; runs work without them. To have them, use another namespace or remove them: temporal operator search-attribute remove --namespace ${namespace} ${wrong.map((name) => `--name ${name}`).join(' ')}`;
}

const keys = {
  connection: defineSearchAttributeKey(searchAttributeNames.connection, SearchAttributeType.KEYWORD),
  system: defineSearchAttributeKey(searchAttributeNames.system, SearchAttributeType.KEYWORD),
  status: defineSearchAttributeKey(searchAttributeNames.status, SearchAttributeType.KEYWORD),
  trigger: defineSearchAttributeKey(searchAttributeNames.trigger, SearchAttributeType.KEYWORD),
};

/** What a new run is found by; the workflow itself changes the status afterwards. */
export function searchAttributesOf(
  connection: { name: string; system: System },
  trigger: Trigger,
): SearchAttributePair[] {
  return [
    { key: keys.connection, value: connection.name },
    { key: keys.system, value: connection.system },
    { key: keys.status, value: 'running' },
    { key: keys.trigger, value: trigger },
  ];
}
