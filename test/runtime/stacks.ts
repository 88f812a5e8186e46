import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../../src/runtime/stack.ts';
import { temporalCli } from '../support/temporal-cli.ts';
import { temporaryFolder } from './helpers.ts';

const folders: { remove(): void }[] = [];
const stacks: Stack[] = [];

afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.stop();
});
afterAll(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

/** A folder that is gone when the tests of the file are over. */
export function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder.path;
}

export const newDataDir = (): string => join(newFolder(), 'data');

/** A stack that ends with the test. */
export async function start(dataDir: string, more: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ ...usual(dataDir), ...more });
  stacks.push(stack);
  return stack;
}

export function usual(dataDir: string): StackOptions {
  const ports = { postgres: 0, temporal: 0, webUi: 0 };
  return { dataDir, temporalCli: temporalCli(), env: process.env, ports, onStep: () => {} };
}

export async function startWorkflow(address: string, workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await new Client({ connection }).workflow.start('anything', { taskQueue: 'nobody', workflowId, args: [] });
  } finally {
    await connection.close();
  }
}

export async function workflowStatus(address: string, workflowId: string): Promise<string> {
  const connection = await Connection.connect({ address });
  try {
    return (await new Client({ connection }).workflow.getHandle(workflowId).describe()).status.name;
  } finally {
    await connection.close();
  }
}

export const modeOf = (file: string): number => statSync(file).mode & 0o777;
