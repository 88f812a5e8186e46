/** `npm run bench -- portfolio`: measures, prints a table for people on stderr and the figures as JSON on stdout. */
const benchmarks: Record<string, () => Promise<{ measure: (words: string[]) => Promise<unknown> }>> = {
  portfolio: () => import('./portfolio.ts'),
  exports: () => import('./exports.ts'),
  cli: () => import('./cli.ts'),
};

const [name = '', ...words] = process.argv.slice(2);
const load = benchmarks[name];
if (load === undefined) {
  process.stderr.write(
    `Name a benchmark: ${Object.keys(benchmarks).join(', ')}. Example: npm run bench -- portfolio\n`,
  );
  process.exit(2);
}
const { measure } = await load();
process.stdout.write(`${JSON.stringify(await measure(words), null, 2)}\n`);
process.exit(0);
