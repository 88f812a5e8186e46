import { Command } from 'commander';
import { withLoudness } from './shared.ts';

export interface SchemaOptions {
  output?: string;
}

const help = `
Editors that know JSON Schema complete and check incentive-sync.yaml while it is written. Its first line says where the
schema is; \`incentive-sync init\` writes that line.

Examples:
  incentive-sync schema > incentive-sync.schema.json
  incentive-sync schema | jq '.properties.alerts.properties | keys'`;

export function schemaCommand(): Command {
  return withLoudness(new Command('schema'))
    .description('print the JSON Schema of the configuration, for editors')
    .option('--output <file>', 'write it to a file instead, replacing what is there')
    .addHelpText('after', help)
    .action(async (options: SchemaOptions) => {
      const { printSchema } = await import('./schema-action.ts');
      await printSchema(options);
    });
}
