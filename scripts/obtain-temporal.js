// Runs by itself so that the setup can start it with a Node that honours HTTPS_PROXY.
import { obtainTemporal } from './lib/obtain.js';

try {
  await obtainTemporal({ cacheHome: process.env.XDG_CACHE_HOME, home: process.env.HOME ?? process.env.USERPROFILE });
} catch (error) {
  process.stderr.write(`${error.exitCode === undefined ? error.stack : error.message}\n`);
  process.exitCode = error.exitCode ?? 1;
}
