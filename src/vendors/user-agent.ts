import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** How we introduce ourselves to vendors. */
export const userAgent = `incentive-sync/${version}`;
