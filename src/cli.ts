#!/usr/bin/env node
import { buildProgram } from './commands/program.ts';
import { runProgram } from './commands/shared.ts';

await runProgram(buildProgram(), process.argv.slice(2));
