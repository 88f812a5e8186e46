// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { stringify } from 'yaml';
import type { System } from '../receipt.ts';
import { type Field, templates } from './init-templates.ts';

/** One connection of the file that is to be written. */
export interface Choice {
  system: System;
  name: string;
  /** By the field's key: what was answered, or the name of the variable that stands for it. */
  values: Record<string, Value>;
  /** `15m`, a cron expression, or null for none. */
  schedule: string | null;
}

export type Value = { variable: string } | { text: string };

/** What stands wherever nothing was answered: a variable for everything that a vendor gives. */
export function usualChoice(system: System): Choice {
  const { fields, every } = templates[system];
  const values = fields.map(({ key, variable }) => [key, { variable }] as const);
  return { system, name: system, values: Object.fromEntries(values), schedule: every };
}

/** Names of the variables that have to be set before the file loads, each once, in the file's order. */
export function variablesOf(choices: readonly Choice[]): string[] {
  const values = choices.flatMap((choice) => Object.values(choice.values));
  return [...new Set(values.flatMap((value) => ('variable' in value ? [value.variable] : [])))];
}

/** The commented file; `schema` is the path of the JSON Schema as seen from it. */
export function fileOf(choices: readonly Choice[], schema: string): string {
  return [
    `# yaml-language-server: $schema=${schema}`,
    ...head,
    'connections:',
    choices.map((choice) => connectionLines(choice).map(indented).join('\n')).join('\n\n'),
    '',
    ...alerts,
    '',
  ].join('\n');
}

const head = [
  '# What incentive-sync keeps in step. Every key: docs/configuration.md.',
  '# Secrets never stand here: ${NAME} takes an environment variable, ${file:PATH} the content of a file.',
  '# One entry for each account; its name is yours (lower-case letters, digits, - and _), and rows and runs carry it.',
];

const alerts = [
  '# Who is told when something is wrong, and when it is well again. Try it with `incentive-sync alerts test`.',
  '# alerts:',
  '#   channels:',
  '#     ops: { type: webhook, url: "${OPS_WEBHOOK}", format: slack }',
];

const indented = (line: string): string => (line === '' ? '' : `  ${line}`);

function connectionLines({ system, name, values, schedule }: Choice): string[] {
  const { title, fields, scheduleAbout, more } = templates[system];
  return [
    `# ${title}.`,
    `${name}:`,
    ...[
      `system: ${system}`,
      ...fields.flatMap((field) => fieldLines(field, values[field.key] ?? { variable: field.variable })),
      `# ${scheduleAbout}`,
      ...scheduleLines(schedule, templates[system].every),
      '# These may be left out:',
      ...more,
    ].map(indented),
  ];
}

function fieldLines({ key, about, kind }: Field, value: Value): string[] {
  const isRegion = kind === 'region' && 'text' in value && /^(us|eu)$/.test(value.text);
  return [`# ${about}.`, `${isRegion ? 'region' : key}: ${written(value)}`];
}

function written(value: Value): string {
  return 'variable' in value ? `$\{${value.variable}}` : stringify(value.text).trim();
}

function scheduleLines(schedule: string | null, usual: string): string[] {
  if (schedule === null) return ['# schedule:', `#   every: ${usual}`];
  if (/^\d+[smhd]$/.test(schedule)) return ['schedule:', `  every: ${schedule}`];
  return ['schedule:', `  cron: ${JSON.stringify(schedule)}`, '  timezone: UTC'];
}
