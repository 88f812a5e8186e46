import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { WorkflowBundle } from '@temporalio/worker';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const workflowsFolder = source('./workflows/');
const cacheFolder = source('../node_modules/.cache/incentive-sync/');

/**
 * The workflows as one script, as Temporal's sandbox wants them. Bundling takes seconds, so the result is kept beside the
 * dependencies for as long as neither they nor the workflows change; where that folder cannot be written, it is made anew.
 */
export async function workflowBundle(): Promise<WorkflowBundle> {
  const file = `${cacheFolder}workflows-${await fingerprint()}.js`;
  const cached = await readFile(file, 'utf8').catch(() => null);
  if (cached !== null) return { code: cached };
  const code = await bundleApart();
  await keep(file, code).catch(() => undefined);
  return { code };
}

const mostBytes = 64 * 1024 * 1024;

/** In a process of its own: the bundler takes more than 100 MB, which a worker would never give back. */
async function bundleApart(): Promise<string> {
  const words = [source('./bundle-workflows.ts'), `${workflowsFolder}index.ts`];
  const { stdout } = await promisify(execFile)(process.execPath, words, { maxBuffer: mostBytes });
  return stdout;
}

async function fingerprint(): Promise<string> {
  // Workflows import from their own folder and from the files that stand beside it, and nothing else.
  const files = [
    ...(await scriptsIn(workflowsFolder)),
    ...(await scriptsIn(source('./'))),
    source('../package-lock.json'),
  ];
  const digest = createHash('sha256');
  for (const file of files) digest.update(file).update(await readFile(file).catch(() => ''));
  return digest.digest('hex').slice(0, 20);
}

async function scriptsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  return names.map((name) => `${folder}${name}`);
}

/** Renamed into place, so that another worker never reads half of it. */
async function keep(file: string, code: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, code);
  await rename(unfinished, file);
}
