import { hash } from 'node:crypto';
import postgres from 'postgres';
import { request } from 'undici';
import { clientOptions } from '../src/store/connect.ts';
import { copyInto } from '../src/store/copy.ts';

interface WinInfo {
  userid: string;
  stackid: string;
  haswon: string;
  participation_date: string;
}

const target =
  'plain.win_info (connection, content_hash, ordinal, userid, stackid, haswon, participation_date, first_result, run_id)';

/** V8 takes no text longer than 512 MB, so a larger file is parsed in parts, each as one text. */
const mostCharacters = 256 * 1024 * 1024;

/**
 * What one would write in an afternoon: the whole file in memory, `JSON.parse`, one COPY into a table with the same columns
 * and key. Nothing durable about it, and no memory left for a file ten times as large.
 */
export async function createPlainLoad(databaseUrl: string, baseUrl: string, secret: string) {
  const sql = postgres(databaseUrl, { ...clientOptions(databaseUrl, 'plain load'), max: 1 });
  await sql.unsafe('CREATE SCHEMA IF NOT EXISTS plain');
  await sql.unsafe('CREATE TABLE IF NOT EXISTS plain.win_info (LIKE neoday.win_info INCLUDING ALL)');

  async function load(): Promise<number> {
    const file = await fetchFile(baseUrl, secret);
    let loaded = 0;
    const seen = new Map<bigint, number>();
    await sql.begin(async (transaction) => {
      for (const part of partsOf(file)) {
        const rows = JSON.parse(part) as WinInfo[];
        await copyInto(transaction, target, rows, (row) => copyLine(row, seen));
        loaded += rows.length;
      }
    });
    return loaded;
  }

  return { run: load, empty: () => sql.unsafe('TRUNCATE plain.win_info'), close: () => sql.end() };
}

async function fetchFile(baseUrl: string, clientSecret: string): Promise<Buffer> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } } as const;
  const credentials = { grant_type: 'client_credentials', client_id: 'sandbox-client', client_secret: clientSecret };
  const token = await request(`${baseUrl}/api/1/oauth2/access_token`, { ...post, body: JSON.stringify(credentials) });
  const { access_token } = (await token.body.json()) as { access_token: string };
  const ask = async (path: string) => {
    const headers = { authorization: `Bearer ${access_token}` };
    return (await request(`${baseUrl}/api/1/data-exporter/automated${path}`, { headers })).body.json();
  };
  const { results } = (await ask('/win-info/results?page=1&perPage=10')) as { results: { id: string }[] };
  const fetched = (await ask(`/fetch/${results[0]?.id}`)) as { result: { download_url: string } };
  const { body } = await request(fetched.result.download_url);
  return Buffer.from(await body.arrayBuffer());
}

/** The list as one JSON text, or as several where it is too long for one. */
function* partsOf(file: Buffer): Generator<string> {
  let at = file.indexOf('[') + 1;
  const end = file.lastIndexOf(']');
  while (at < end) {
    const cut = at + mostCharacters < end ? file.lastIndexOf('},', at + mostCharacters) + 1 : end;
    yield `[${file.toString('utf8', at, cut)}]`;
    at = cut + 1;
  }
}

function copyLine({ userid, stackid, haswon, participation_date }: WinInfo, seen: Map<bigint, number>): string {
  const key = hash('sha256', `${userid}\n${stackid}\n${haswon}\n${participation_date}`, 'buffer').readBigInt64BE();
  const ordinal = (seen.get(key) ?? 0) + 1;
  seen.set(key, ordinal);
  const won = haswon === '1' ? 't' : 'f';
  return `games\t${key}\t${ordinal}\t${userid}\t${stackid}\t${won}\t${participation_date}+00\t1\tplain\n`;
}
