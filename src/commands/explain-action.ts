import { type ExplainFacts, type Explanation, explainRun } from '../operations/explain.ts';
import { folded, printable } from '../screen/format.ts';
import { paint, type Screen, widthOf } from '../screen/screen.ts';
import { gather } from './explain-facts.ts';
import { lookBack } from './past-run.ts';
import { type CommonOptions, exitCodes, leave, printJson } from './shared.ts';

/** Explains a run in words; the exit code says only whether there was something to explain. */
export async function explain(what: string, options: CommonOptions, screen: Screen): Promise<void> {
  const { facts, trouble } = await lookBack(options, (looking) => gather(looking, what));
  const explanation = explainRun(facts);
  if (trouble !== null) screen.line(paint(screen, 'yellow', trouble));
  for (const line of explanationLines(screen, explanation)) screen.line(line);
  if (options.json) await printJson(documentOf(facts, explanation, trouble));
  await leave(exitCodes.ok);
}

function explanationLines(screen: Screen, { headline, because, since, type }: Explanation): string[] {
  const width = widthOf(screen) - 2;
  return [
    ...folded(paint(screen, 'bold', printable(headline)), width),
    ...[...because.map(({ sentence }) => sentence), ...since].flatMap((sentence) =>
      folded(`  - ${printable(sentence)}`, width),
    ),
    ...type.map((command, index) => `  ${paint(screen, 'dim', index === 0 ? 'type  ' : '      ')}${command}`),
  ];
}

function documentOf({ connection, run }: ExplainFacts, explanation: Explanation, trouble: string | null): string {
  const temporal = { reachable: trouble === null, message: trouble };
  return JSON.stringify({ temporal, explanation: { connection, runId: run?.runId ?? null, ...explanation } });
}
