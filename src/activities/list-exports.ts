import type { Sql } from 'postgres';
import type { NeodayConnection } from '../config/systems/neoday.ts';
import { countOtherRules, registerExports } from '../store/neoday/ledger.ts';
import { forgetOtherRules } from '../store/neoday/quarantine.ts';
import { typeOfExport } from '../vendors/neoday/fields.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { refuseElsewhere } from './elsewhere.ts';
import { privacyOf } from './source.ts';
import { withVendor } from './vendor-work.ts';

export interface ListExportsInput {
  connection: string;
  runId?: string | undefined;
  /** Exports that the run was asked for; those of the configuration when left out. */
  streams?: string[] | undefined;
  firstContact: boolean;
}

export interface ListedExports {
  /** System names of the exports to load. */
  exports: string[];
  /** Those that were wanted and that the account does not have. */
  absent: string[];
  /** Sentences that a person should know. */
  remarks: string[];
}

export const createListExports = (dependencies: ActivityDependencies) =>
  /** Asks the vendor which exports there are, and notes them in `neoday.exports`. */
  function listExports(input: ListExportsInput): Promise<ListedExports> {
    return withVendor(dependencies, input, async (signal) => {
      const connection = connectionOf('neoday', dependencies.connection(input.connection));
      await refuseElsewhere(dependencies, connection);
      const listed = await dependencies.neoday(connection).exports(signal);
      const names = listed.map(({ systemName }) => systemName);
      const { name, mode, timeZone } = connection;
      const typed = listed.map(({ id, systemName }) => ({ id, systemName, type: typeOfExport(systemName) }));
      await registerExports(dependencies.store.sql, { connection: name, mode, timeZone }, typed);
      const chosen = choose(names, wantedBy(input, connection), name);
      return { ...chosen, remarks: [...chosen.remarks, ...(await otherRules(dependencies.store.sql, connection))] };
    });
  };

/** What was stored under other rules stays as it is: the same row kept otherwise is another row. */
async function otherRules(sql: Sql, connection: NeodayConnection): Promise<string[]> {
  const { name, exclude, hash } = connection;
  if (exclude.length + hash.length > 0) await forgetOtherRules(sql, name, privacyOf(connection));
  const files = await countOtherRules(sql, name, privacyOf(connection));
  if (files === 0) return [];
  const were = files === 1 ? '1 file was' : `${files} files were`;
  return [
    `${were} loaded under other rules for personal data (\`exclude\`, \`hash\`, \`hashKey\`) than the configuration has now: their rows are kept as they were, and a resync would put new ones beside them. To have all rows under the rules of now, type \`incentive-sync connection purge ${name}\`, then sync; rows of files that NeoDay does not have any more are lost with it.`,
  ];
}

function wantedBy({ streams }: ListExportsInput, { exports }: NeodayConnection): readonly string[] | undefined {
  return streams ?? exports;
}

function choose(names: string[], wanted: readonly string[] | undefined, connection: string): ListedExports {
  const none = `The account of \`${connection}\` has no automated exports, so there was nothing to load. NeoDay sets them up.`;
  const remarks = names.length === 0 ? [none] : [];
  if (wanted === undefined) return { exports: names, absent: [], remarks };
  const isThere = (name: string) => names.includes(name);
  return { exports: wanted.filter(isThere), absent: wanted.filter((name) => !isThere(name)), remarks };
}
