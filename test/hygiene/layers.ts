import type { SourceFile } from './files.ts';
import { computed, importsOf } from './imports.ts';

interface Layer {
  /** Layers it may import; its own is always allowed. */
  readonly values: readonly string[];
  /** Layers it may import types of, besides those. */
  readonly types?: readonly string[];
  /** Packages it may import values of; any where absent. */
  readonly packages?: readonly string[];
}

const leaves = ['errors', 'receipt', 'causes', 'words', 'config'];

/** The direction of every arrow. A layer that nobody names is imported by nobody. */
const layers: Readonly<Record<string, Layer>> = {
  errors: { values: [], packages: [] },
  receipt: { values: [], packages: [] },
  causes: { values: [], packages: [] },
  words: { values: [], packages: [] },
  rules: { values: [], packages: [] },
  // Knows what the vendors document, so that it can tell a typing mistake in a path.
  config: { values: ['errors', 'receipt', 'vendors'] },
  vendors: { values: ['errors', 'receipt'] },
  store: { values: leaves, types: ['rules'] },
  screen: { values: leaves },
  // `setup` is scripts/lib: what must also run before the dependencies are there, in plain JavaScript.
  setup: { values: [], packages: ['node:'] },
  runtime: { values: [...leaves, 'setup'] },
  sandbox: { values: leaves },
  // What is worth telling, and how it is told.
  alerts: { values: ['errors', 'receipt', 'vendors'], types: ['config', 'store'] },
  activities: {
    values: ['errors', 'receipt', 'causes', 'rules', 'vendors', 'store', 'alerts'],
    types: ['config', 'workflows'],
  },
  // Workflow code is bundled and replayed: no input and output, no clock, nothing that a new version would decide anew.
  workflows: {
    values: ['errors', 'receipt', 'causes', 'rules'],
    types: ['activities', 'store'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  operations: { values: [...leaves, 'workflows', 'store'] },
  'workflow-bundle': { values: leaves },
  'bundle-workflows': { values: [] },
  worker: {
    values: [...leaves, 'activities', 'alerts', 'workflows', 'workflow-bundle', 'store', 'vendors', 'operations'],
  },
  commands: {
    values: [
      ...leaves,
      'activities',
      'alerts',
      'workflows',
      'store',
      'vendors',
      'operations',
      'screen',
      'runtime',
      'sandbox',
      'worker',
      'setup',
    ],
  },
  cli: { values: ['commands', 'config'] },
};

/** Picks the package of this machine's platform. */
const mayCompute = ['src/runtime/postgres-binaries.ts'];

/** Imports of one source file that go against the layers, in words. */
export function layerViolations(file: SourceFile): string[] {
  const own = layerOf(file.path);
  const layer = layers[own];
  if (layer === undefined) return [`${file.path} is in no layer: name \`${own}\` in test/hygiene/layers.ts`];
  return importsOf(file).flatMap(({ target, typeOnly }) => {
    const how = `${file.path} imports ${typeOnly ? 'types of' : ''} ${target}`.replace('  ', ' ');
    if (target === computed) return mayCompute.includes(file.path) ? [] : [`${how} name: write it out`];
    if (!target.startsWith('src/') && !target.startsWith('scripts/lib/')) {
      if (/^(\.\.|test|bench|scripts)\//.test(target)) return [`${how}: the product stands alone`];
      return typeOnly || packageAllowed(layer, target)
        ? []
        : [`${how}: ${own} may use only ${layer.packages?.join(', ')}`];
    }
    const other = layerOf(target);
    const allowed = [own, ...layer.values, ...(typeOnly ? (layer.types ?? []) : [])];
    return allowed.includes(other) ? [] : [`${how}: ${own} may import only ${allowed.join(', ')}`];
  });
}

function layerOf(path: string): string {
  return path.startsWith('scripts/') ? 'setup' : (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

function packageAllowed({ packages }: Layer, target: string): boolean {
  return (
    packages === undefined ||
    packages.some((name) => target === name || target.startsWith(name.endsWith(':') ? name : `${name}/`))
  );
}
