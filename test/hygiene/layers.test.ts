import { describe, expect, it } from 'vitest';
import { textFiles } from './files.ts';
import { layerViolations } from './layers.ts';

const sources = textFiles().filter(({ path }) => /^(src|scripts)\/.*\.(ts|js)$/.test(path));

describe('imports', () => {
  it('point one way', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap(layerViolations)).toEqual([]);
  });

  it.each([
    ['src/vendors/x/client.ts', "import { commitPage } from '../../store/commit.ts';"],
    ['src/store/x.ts', "import type { Activities } from '../activities/index.ts';"],
    ['src/store/x.ts', "export * from '../vendors/http.ts';"],
    ['src/store/x.ts', "const client = await import('../vendors/http.ts');"],
    ['src/store/x.ts', "type Client = import('../vendors/http.ts').Client;"],
    ['src/activities/x.ts', "import { readEnvironment } from '../config/environment.ts';"],
    ['src/activities/x.ts', "import { portfolioSync } from '../workflows/index.ts';"],
    ['src/workflows/x.ts', "import { createActivities } from '../activities/index.ts';"],
    ['src/workflows/x.ts', "import { type Activities, createActivities } from '../activities/index.ts';"],
    ['src/workflows/x.ts', "import { z } from 'zod';"],
    ['src/workflows/x.ts', "import 'zod';"],
    ['src/workflows/x.ts', "import { eq } from 'drizzle-orm';"],
    ['src/workflows/x.ts', "import { randomUUID } from 'node:crypto';"],
    ['src/workflows/x.ts', "import { loadConfig } from '../config/load.ts';"],
    ['src/workflows/x.ts', "import { Client } from '@temporalio/client';"],
    ['src/operations/x.ts', "import { run } from '../commands/shared.ts';"],
    ['src/screen/x.ts', "import { start } from '../operations/runs.ts';"],
    ['src/runtime/x.ts', "import { openStore } from '../store/connect.ts';"],
    ['src/sandbox/x.ts', "import { client } from '../vendors/http.ts';"],
    ['src/config/x.ts', "import { openStore } from '../store/connect.ts';"],
    ['src/errors.ts', "import { z } from 'zod';"],
    ['src/worker.ts', "import { program } from './commands/program.ts';"],
    ['src/commands/x.ts', "import '../cli.ts';"],
    ['src/commands/x.ts', "import { helper } from '../../test/helper.ts';"],
    ['src/commands/x.ts', 'await import(process.argv[2]);'],
    ['src/store/x.ts', "import { takeLock } from '../../scripts/lib/lock.js';"],
    ['scripts/lib/x.js', "import { z } from 'zod';"],
    ['scripts/setup.js', "import { loadConfig } from '../src/config/load.ts';"],
    ['src/elsewhere/x.ts', ''],
  ])('in %s, `%s` is told', (path, text) => {
    expect(layerViolations({ path, text })).toHaveLength(1);
  });

  it.each([
    ['src/workflows/x.ts', "import type { Activities } from '../activities/index.ts';"],
    ['src/workflows/x.ts', "import { proxyActivities } from '@temporalio/workflow';\nimport './other.ts';"],
    ['src/activities/x.ts', "import type { Config } from '../config/load.ts';\nimport { z } from 'zod';"],
    ['src/commands/x.ts', "const { start } = await import('../runtime/stack.ts');"],
    ['src/operations/x.ts', "import { progressQuery } from '../workflows/messages.ts';"],
  ])('in %s, `%s` is right', (path, text) => {
    expect(layerViolations({ path, text })).toEqual([]);
  });
});
