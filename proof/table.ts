/** Figures as two columns, and what was not as it should be. */
export function printTable(name: string, figures: Record<string, unknown>, complaints: readonly string[]): void {
  const width = Math.max(...Object.keys(figures).map((key) => key.length));
  const lines = Object.entries(figures).map(([key, value]) => `  ${key.padEnd(width)}  ${shown(value)}`);
  const verdict =
    complaints.length === 0 ? ['  as it should be'] : complaints.map((complaint) => `  NOT SO: ${complaint}`);
  process.stderr.write(`\n${name}\n${[...lines, ...verdict].join('\n')}\n`);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(' ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
