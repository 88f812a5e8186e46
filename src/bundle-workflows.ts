/** `node src/bundle-workflows.ts FILE`: prints the workflows as one script. Run by `workflow-bundle.ts`. */
import { bundleWorkflowCode } from '@temporalio/worker';

const silent = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string) => void process.stderr.write(`${message}\n`),
};

const { code } = await bundleWorkflowCode({ workflowsPath: process.argv[2] ?? '', logger: silent });
process.stdout.write(code);
