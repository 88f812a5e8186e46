// Run by hand after `npm install` changed package-lock.json: `node scripts/complete-lockfile.js`.
//
// npm leaves a platform's package out of the lockfile when the registry it asked does not have it, and `npm ci` then refuses
// the whole lockfile, on every platform. This adds what is missing, with the version its parent names and the platform its
// name names. Such an entry has no integrity: it cannot be known without the package.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingPlatformPackages } from './lib/lockfile.js';

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), 'package-lock.json');
const lockfile = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingPlatformPackages(lockfile.packages);
const sorted = Object.entries({ ...lockfile.packages, ...missing }).sort(([one], [other]) => (one < other ? -1 : 1));
if (Object.keys(missing).length > 0) {
  writeFileSync(file, `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
process.stderr.write(`${Object.keys(missing).length} entries added to ${file}\n`);
