import { Command, Option } from 'commander';
import type { ImportFormat } from './kpi-rows.ts';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface ImportOptions extends CommonOptions {
  connection?: string;
  format?: ImportFormat;
  rejects?: string;
}

const help = `
Columns: kpi, value, timestamp, user_id or location_id or both; optional context, units, date_from, date_to.
CSV begins with a header; NDJSON is one object a line. Times without a zone are UTC. A row replaces the value of the
same KPI, subject and period. Rows that do not fit are left out and written to the rejects file with line and reason;
then the exit code is 3. Nothing is sent: the next push does that.

Examples:
  incentive-sync kpi import sales.csv
  incentive-sync kpi import sales.ndjson.gz --connection staff-kpis --rejects bad.ndjson
  sales-report | incentive-sync kpi import - --format csv`;

export function kpiImportCommand(): Command {
  return withCommonOptions(new Command('import'))
    .description('read values from a file into atobi.kpi_values')
    .argument('<file>', 'CSV or NDJSON in UTF-8, also gzipped; - for standard input')
    .option('--connection <name>', 'whose values they are; may be left out where there is one connection to Atobi')
    .addOption(new Option('--format <format>', 'where the file’s name does not tell').choices(['csv', 'ndjson']))
    .option('--rejects <file>', 'where rows that do not fit go (default: FILE.rejects.ndjson)')
    .addHelpText('after', help)
    .action(async (file: string, options: ImportOptions) => {
      const { importFile } = await import('./kpi-import-action.ts');
      await importFile(file, options, openScreen());
    });
}
