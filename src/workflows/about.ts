/**
 * What a workflow says of itself from its start on: one line of what and why, and some lines of what it is. Temporal
 * refuses a summary of more than 400 bytes, and with it the start.
 */
import type { System } from '../receipt.ts';
import { moment } from './figures.ts';
import { oneLine, page } from './markdown.ts';
import { type RunOptions, type Trigger, workflowTypes } from './names.ts';

const mostSummaryBytes = 300;

export const summary = (text: string): string => oneLine(text, mostSummaryBytes);

/** Of a run; `reason` is what a person said. */
export interface Why extends RunOptions {
  resync?: { reason?: string | undefined } | undefined;
}

/** `portfolio (incentify), only credits: by its schedule, due 2026-03-01 06:00:00 UTC`. */
export function runSummary(connection: string, system: System, why: Why): string {
  return summary(`${connection} (${system})${why.resync ? '' : only(why.streams)}: ${inWords(why)}`);
}

const only = (streams: readonly string[] | undefined): string =>
  streams === undefined ? '' : `, only ${streams.join(', ')}`;

function inWords({ resync, streams, ...options }: Why): string {
  if (resync === undefined) return triggerInWords(options);
  const reason = resync.reason ? `: ${resync.reason}` : ', asked for by a person';
  return `resync of ${streams?.join(', ') ?? 'everything'}${reason}`;
}

const triggers: Record<Trigger, string> = {
  person: 'started by a person',
  schedule: 'by its schedule',
  start: 'at the start of incentive-sync',
};

/** Who began a run, and when it was due where that was a schedule. */
export function triggerInWords({ trigger = 'person', dueAt }: RunOptions): string {
  const words = triggers[trigger] ?? 'started by a person';
  return trigger === 'schedule' && dueAt !== undefined ? `${words}, due ${moment(dueAt)}` : words;
}

const does: Record<System, string> = {
  incentify: 'Pulls the tax-credit portfolio from Incentify into `incentify.*`, each page stored exactly once.',
  neoday: 'Loads export files from NeoDay into `neoday.*`, each file exactly once.',
  atobi: 'Sends KPIs from `atobi.kpi_values` and queries to Atobi, each delivery written down before it is sent.',
  vibes: 'Reads incentive pools from Vibes into `vibes.*` and notes their levels.',
};

const ownSignals: Partial<Record<System, string>> = {
  incentify: ', `approveDeletes`',
  vibes: ', `approveDeletes`',
  atobi: ', `approvePush`',
};

/** Of a run that a schedule begins, which names only the workflow. */
export function aboutScheduled(connection: string, workflowType: string, dueAt: string) {
  const systems = Object.keys(workflowTypes) as System[];
  const system = systems.find((one) => workflowTypes[one] === workflowType);
  if (system === undefined) return { staticSummary: summary(`${connection}: its schedule was due`) };
  const staticSummary = runSummary(connection, system, { trigger: 'schedule', dueAt });
  return { staticSummary, staticDetails: aboutRun(connection, system) };
}

/** Markdown: what a run of this system is, what it can be told, and where more stands. */
export function aboutRun(connection: string, system: System): string {
  return page([
    `${does[system]} One run of \`${connection}\` at a time; what it has stored stays, however it ends.`,
    `Signals: \`pause\`, \`resume\`, \`forceResync\`${ownSignals[system] ?? ''}. Query: \`progress\`.`,
    `In a terminal: \`incentive-sync status\`, \`incentive-sync sync ${connection} --watch\`. Docs: README.md, «Run, watch, read» (\`${workflowTypes[system]}\`).`,
  ]);
}

export const aboutWatching = page([
  'Looks again and again whether one of the rules under `alerts:` has something to tell, and writes it down for the channels. Runs as long as the configuration asks for alerts.',
  'It takes no signals. In a terminal: `incentive-sync alerts list`. Docs: docs/alerts.md.',
]);

export const aboutSending = page([
  'Tells one channel what it is to be told, and ends when nothing is left. A channel that takes nothing is tried again, ever slower, for a day.',
  'Signal: `wake`. In a terminal: `incentive-sync alerts list`, `incentive-sync alerts test`. Docs: docs/alerts.md.',
]);

export const aboutPools = page([
  'Carries out changes of pools that a person has approved, one after another, each looked at anew before it is sent. What they are stands in the table `vibes.pool_changes`; Temporal learns only counts.',
  'It takes no signals; cancelling ends it after the change under way. In a terminal: `incentive-sync pools list`. Docs: README.md.',
]);

/** `coupons (vibes): 3 changes of pools, approved by a person`. */
export const poolsSummary = (connection: string, changes: number): string =>
  summary(`${connection} (vibes): ${changes} ${changes === 1 ? 'change' : 'changes'} of pools, approved by a person`);
