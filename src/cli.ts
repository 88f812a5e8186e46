#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from './config/compile-cache.ts';

// Before anything else is loaded: taking the types out of each file at each start would take longer than a short command.
enableCompileCache(compileCacheFolder());
const [{ buildProgram }, { runProgram }] = await Promise.all([
  import('./commands/program.ts'),
  import('./commands/shared.ts'),
]);

await runProgram(buildProgram(), process.argv.slice(2));
