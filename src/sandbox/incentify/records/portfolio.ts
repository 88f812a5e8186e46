/** Who belongs to whom in a generated portfolio, and how many. Everything follows from seed and sizes. */
import { ConfigurationError } from '../../../errors.ts';
import { Random } from '../../random.ts';

/** Number of records in each stream. */
export interface PortfolioSizes {
  projects: number;
  credits: number;
  utilizations: number;
  incentivePrograms: number;
}

export interface Portfolio {
  seed: number;
  sizes: PortfolioSizes;
  projectOfCredit: Uint32Array;
  creditOfUtilization: Uint32Array;
  creditsOfProject: Uint32Array;
  utilizationsOfCredit: Uint32Array;
}

/** @throws {ConfigurationError} for a size that is no count, and for children without a parent to belong to */
export function createPortfolio(seed: number, sizes: PortfolioSizes): Portfolio {
  checkSizes(sizes);
  const { projects, credits, utilizations } = sizes;
  const projectOfCredit = parents(new Random(seed, 101), credits, projects);
  const creditOfUtilization = parents(new Random(seed, 102), utilizations, credits);
  return {
    seed,
    sizes,
    projectOfCredit,
    creditOfUtilization,
    creditsOfProject: counted(projectOfCredit, projects),
    utilizationsOfCredit: counted(creditOfUtilization, credits),
  };
}

/** Ids rise with the index and leave gaps, as a vendor's do. */
export const projectId = (index: number): number => 901 + index * 2;
export const creditId = (index: number): number => 4400 + index * 3;
export const utilizationId = (index: number): number => 70_001 + index;
export const programId = (index: number): number => 31 + index * 5;

/** The project's title as JSON text: credits and utilizations repeat it. */
export function projectTitle(seed: number, index: number): string {
  const random = new Random(seed, 103, index);
  return `"${random.pick(works)} ${random.pick(words)} ${index + 1}"`;
}

const works = ['Plant extension', 'Season', 'Étude de faisabilité', 'Werkserweiterung', 'Research line'] as const;
const words = ['north', 'Øst', '«Nova»', 'δ', 'with \\"quotes\\"', '第二期', 'phase II \u{1f3ac}'] as const;

function parents(random: Random, children: number, count: number): Uint32Array {
  return Uint32Array.from({ length: children }, () => random.below(count));
}

function counted(parentOf: Uint32Array, count: number): Uint32Array {
  const counts = new Uint32Array(count);
  for (const parent of parentOf) counts[parent] = (counts[parent] ?? 0) + 1;
  return counts;
}

function checkSizes(sizes: PortfolioSizes): void {
  const mistakes = Object.entries(sizes)
    .filter(([, size]) => !Number.isSafeInteger(size) || size < 0)
    .map(([stream, size]) => `${stream}: ${size} is not a number of records; give a whole number from 0 up.`);
  if (sizes.credits > 0 && sizes.projects === 0) mistakes.push('credits: there are no projects to belong to.');
  if (sizes.utilizations > 0 && sizes.credits === 0) mistakes.push('utilizations: there are no credits to belong to.');
  if (mistakes.length > 0) {
    throw new ConfigurationError(`The sandbox cannot make this portfolio: ${mistakes.join(' ')}`, mistakes);
  }
}
