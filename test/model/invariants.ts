import type { Sql } from 'postgres';
import type { Receipt } from '../../src/receipt.ts';
import { differences, none } from '../support/compare.ts';
import type { World } from '../support/world.ts';
import { type ModelStream, modelStreams } from './scenario.ts';
import type { Source } from './source.ts';

interface Stored {
  id: string;
  /** Whether the source's newest text, or any that it had during the run, is what is stored. */
  current: boolean;
  deleted: boolean;
  deletedNow: boolean;
}

function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

/** What has to be true after every run, whatever happened during it. */
export async function checkRound(sql: Sql, source: Source, receipt: Receipt): Promise<void> {
  const what = `The receipt: ${JSON.stringify(receipt)}`;
  must(['completed', 'partial'].includes(receipt.status), `A run ended ${receipt.status}. ${what}`);
  must(receipt.status === 'completed' || receipt.reasons.length > 0, `Partial without a reason. ${what}`);
  const changed = modelStreams.some((stream) => source.watched(stream).changed);
  must(changed || receipt.status === 'completed', `Partial, although the source kept still. ${what}`);
  for (const stream of modelStreams) {
    must(addsUp(receipt, stream), `${stream} does not add up. ${what}`);
    await checkRows(sql, source, stream, receipt);
  }
}

function addsUp({ streams }: Receipt, stream: ModelStream): boolean {
  const counts = streams[stream];
  if (counts === undefined) return false;
  return counts.fetched === counts.created + counts.updated + counts.unchanged + counts.quarantined;
}

async function checkRows(sql: Sql, source: Source, stream: ModelStream, receipt: Receipt): Promise<void> {
  const { always, texts, changed } = source.watched(stream);
  const rows = await stored(sql, stream, receipt.runId, texts);
  const where = `after the run ${receipt.status}, ${changed ? 'during which the source changed' : 'source unchanged'}; ${JSON.stringify(receipt)}`;
  for (const { id, deletedNow } of rows.values()) {
    must(
      !(deletedNow && always.has(id)),
      `${stream} ${id} was in the source all the time and is marked as deleted, ${where}`,
    );
  }
  if (receipt.status !== 'completed') return;
  for (const id of always) {
    const row = rows.get(id);
    must(
      row !== undefined && !row.deleted,
      `${stream} ${id} was in the source all the time and is not there, ${where}`,
    );
    must(row?.current === true, `${stream} ${id} is stored as the source never had it, ${where}`);
  }
  for (const { id, deleted } of rows.values()) {
    must(deleted || texts.has(id), `${stream} ${id} was never in the source and is there, ${where}`);
  }
  must(receipt.streams[stream]?.asOf != null, `${stream} is as of no time, ${where}`);
}

/** Every row, compared as JSON values by PostgreSQL with each text that the record had. */
async function stored(
  sql: Sql,
  stream: ModelStream,
  runId: string,
  texts: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Map<string, Stored>> {
  const had = [...texts.values()].flatMap((versions) => [...versions]);
  const rows = await sql.unsafe<Stored[]>(
    `WITH had AS (SELECT (value ->> 'id')::bigint AS id, value FROM jsonb_array_elements($1::text::jsonb))
     SELECT id::text, deleted_at IS NOT NULL AS deleted, deleted_at IS NOT NULL AND run_id = $2 AS "deletedNow",
       EXISTS (SELECT FROM had WHERE had.id = row.id AND had.value = row.raw) AS current
     FROM incentify.${stream} AS row WHERE connection = 'portfolio'`,
    [`[${had.join(',')}]`, runId],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** With the source quiet, one more run makes the tables equal to it. */
export async function checkQuiet({ sql, sandbox }: World, source: Source, receipt: Receipt): Promise<void> {
  must(receipt.status === 'completed', `With the source quiet: ${JSON.stringify(receipt)}`);
  await checkRound(sql, source, receipt);
  for (const stream of modelStreams) {
    const differ = await differences(sql, sandbox, stream);
    must(JSON.stringify(differ) === JSON.stringify(none), `${stream} is not equal: ${JSON.stringify(differ)}`);
  }
}
