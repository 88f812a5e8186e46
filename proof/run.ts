/**
 * `npm run proof [-- NAME …]`: the long forms of what the tests show. A table for people on stderr, the figures as JSON on
 * stdout; exit code 1 when anything was not as it should be.
 */
import { printTable } from './table.ts';

interface Proof {
  /** `words`: what stood behind the name, such as a seed. Throws, or names complaints, when it fails. */
  prove: (words: string[]) => Promise<{ figures: Record<string, unknown>; complaints: string[] }>;
}

const proofs: Record<string, () => Promise<Proof>> = {
  kills: () => import('./kills.ts'),
  'export-kills': () => import('./export-kills.ts'),
  'export-cuts': () => import('./export-cuts.ts'),
  'unchanged-exports': () => import('./unchanged-exports.ts'),
  'many-results': () => import('./many-results.ts'),
  failures: () => import('./failures.ts'),
  'fault-mix': () => import('./fault-mix.ts'),
  'kpi-kills': () => import('./kpi-kills.ts'),
  'kpi-budget': () => import('./kpi-budget.ts'),
  'kpi-poison': () => import('./kpi-poison.ts'),
  model: () => import('./model.ts'),
};

const [name, ...words] = process.argv.slice(2);
const chosen = name === undefined ? Object.keys(proofs) : [name];
const results: Record<string, Awaited<ReturnType<Proof['prove']>>> = {};
for (const one of chosen) {
  const load = proofs[one];
  if (load === undefined) {
    process.stderr.write(`There is no proof \`${one}\`; there are ${Object.keys(proofs).join(', ')}.\n`);
    process.exit(2);
  }
  const { prove } = await load();
  results[one] = await prove(words);
  printTable(one, results[one].figures, results[one].complaints);
}
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
process.exit(Object.values(results).some(({ complaints }) => complaints.length > 0) ? 1 : 0);
