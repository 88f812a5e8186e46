/** Stands where npm stands: starts the owner, passes nothing on, and can be killed with SIGKILL. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

spawn(process.execPath, [join(import.meta.dirname, 'owner.ts'), ...process.argv.slice(2)], { stdio: 'inherit' });
setInterval(() => {}, 60_000);
