/** NeoDay's emulation with one export and one result of so many rows: `node bench/exports-sandbox.ts ROWS`. */
import { startSandbox } from '../src/sandbox/sandbox.ts';

const rows = Number(process.argv[2]);
const sandbox = await startSandbox({
  port: 0,
  neoday: { only: ['win-info'], exports: { 'win-info': { rows, results: 1 } }, urlSeconds: 86_400 },
});
const [result] = sandbox.neoday.results('win-info');
const { bytes } = sandbox.neoday.file(result?.id ?? '');
process.stdout.write(`${JSON.stringify({ baseUrl: sandbox.neoday.baseUrl, bytes })}\n`);
process.once('SIGTERM', () => void sandbox.close());
