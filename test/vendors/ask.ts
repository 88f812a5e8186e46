/** Asks `argv[2]` once, with the proxies of its environment; prints the status, or the error's kind and message. */
import { readEnvironment } from '../../src/config/environment.ts';
import { HttpClient } from '../../src/vendors/http.ts';

const [baseUrl = ''] = process.argv.slice(2);
const client = new HttpClient({
  vendor: 'Incentify',
  baseUrl,
  connections: 2,
  userAgent: 'test',
  proxy: readEnvironment(),
});
const told = await client
  .get({ path: 'credits', headers: { 'x-api-key': 'the-key' }, signal: AbortSignal.timeout(10_000) })
  .then(({ status }) => String(status))
  .catch((error: Error) => `${error.name}: ${error.message}`);
process.stdout.write(told);
await client.close();
