import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { workflowMetadataQuery } from '@temporalio/workflow';
import { until } from './waiting.ts';
import type { World } from './world.ts';

/** Everything that every history of a world's namespace says, one text a workflow. */
export async function histories({ client }: World): Promise<string[]> {
  const texts: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    texts.push(textsIn(history).join('\n'));
  }
  return texts;
}

/** What a worker says of a workflow now; empty where none has answered in time. */
export async function currentDetails(client: Client, handle: WorkflowHandle): Promise<string> {
  const asked = client.withDeadline(Date.now() + 5_000, () => handle.query(workflowMetadataQuery));
  return (await asked.catch(() => null))?.currentDetails ?? '';
}

/** Everything else that Temporal tells of every workflow, one text each: what it says of itself, memo, attributes. */
export async function metadata({ client }: World): Promise<string[]> {
  const texts: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { memo, searchAttributes, raw, ...described } = await handle.describe();
    const told = [await described.staticSummary(), await described.staticDetails()];
    const details = await until('details', () => currentDetails(client, handle));
    texts.push([...told, details, JSON.stringify({ memo, searchAttributes }), ...textsIn(raw)].join('\n'));
  }
  return texts;
}

/** Every string of a message, however deep, and every payload as text. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Every row of every table of a world's database. */
export async function tables({ sql }: World): Promise<string> {
  const names = await sql<{ name: string }[]>`
    SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`;
  if (names.length <= 8) throw new Error(`the database has only ${names.length} tables`);
  const rows = await Promise.all(names.map(({ name }) => sql.unsafe(`SELECT t::text AS row FROM ${name} AS t`)));
  return rows.flatMap((some) => some.map(({ row }) => row)).join('\n');
}

/** Every file of a world's folder. */
export async function files({ folder }: World): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name)));
  return (await Promise.all(texts)).join('\n');
}
