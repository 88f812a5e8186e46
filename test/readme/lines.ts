import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

interface Block {
  language: string;
  text: string;
}

/** The fenced blocks, in their order. */
export function fencedBlocks(language: string): string[] {
  const blocks: Block[] = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => ({
    language: name,
    text,
  }));
  return blocks.filter((block) => block.language === language).map(({ text }) => text);
}

/** Everything that README.md tells a person to type: lines of `sh` blocks, without their comments, and tables' cells. */
export function linesToType(): string[] {
  const typed = fencedBlocks('sh').flatMap((text) => text.split('\n'));
  const cells = readme
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));
  const lines = typed.map((line) => line.replace(/\s+#\s.*$/, '').trim());
  return [...lines, ...cells].filter((line) => /^(temporal|npx|npm|psql|incentive-sync|node) /.test(line));
}
