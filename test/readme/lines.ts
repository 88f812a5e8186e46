import { readFileSync } from 'node:fs';

/** What people are told to read, README first; the others are in docs/. */
export const documents = [
  'README.md',
  'docs/operating.md',
  'docs/configuration.md',
  'docs/alerts.md',
  'docs/kpis.md',
  'docs/sandbox.md',
  'docs/json.md',
  'docs/benchmarks.md',
] as const;

export type Document = (typeof documents)[number];

const textOf = (document: Document) => readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');

interface Block {
  language: string;
  text: string;
}

const fence = /^```(\w*)\n(.*?)^```$/gms;

function blocksOf(document: Document): Block[] {
  return [...textOf(document).matchAll(fence)].map(([, language = '', text = '']) => ({ language, text }));
}

/** The fenced blocks of a language, in their order. */
export function fencedBlocks(language: string, document: Document = 'README.md'): string[] {
  return blocksOf(document)
    .filter((block) => block.language === language)
    .map(({ text }) => text);
}

const typed = /^(temporal \S+ \S+ .*--|npx incentive-sync [a-z]|npm |psql |incentive-sync [a-z]|node |curl |source )/;

/**
 * Everything that a document tells a person to type, once each: lines of `sh` blocks without their comments, lines after
 * a `$` in what a terminal shows, and code in tables and sentences. Our command is `npx incentive-sync` everywhere.
 */
export function linesToType(document: Document = 'README.md'): string[] {
  const blocks = blocksOf(document);
  const inBlocks = blocks.flatMap(({ language, text }) => {
    const lines = text.replaceAll(/ \\\n\s*/g, ' ').split('\n');
    if (language === 'sh') return lines.map((line) => line.replace(/\s+#\s.*$/, ''));
    return lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  });
  const prose = textOf(document).replaceAll(fence, '');
  const inCode = [...prose.matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g)].map(([, code = '']) => code.replace(/\n\s*/, ' '));
  const lines = [...inBlocks, ...inCode].map((line) => line.trim()).filter((line) => typed.test(line));
  return [...new Set(lines.map((line) => line.replace(/^incentive-sync /, 'npx incentive-sync ')))];
}

/** The lines that no document before this one has. */
export function ownLines(document: Document): string[] {
  const earlier = documents.slice(0, documents.indexOf(document)).flatMap((before) => linesToType(before));
  return linesToType(document).filter((line) => !earlier.includes(line));
}
