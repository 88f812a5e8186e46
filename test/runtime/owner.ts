/** A small owner of a stack: prints `UP {…}` when all is up, stops on SIGTERM, SIGINT or when its parent is gone. */
import { watchParent } from '../../src/runtime/parent.ts';
import { startStack } from '../../src/runtime/stack.ts';

const [dataDir = '', temporalCli = '', childScript] = process.argv.slice(2);
const say = (word: string, value: unknown): void => console.log(`${word} ${JSON.stringify(value)}`);

const starting = new AbortController();
const stop = (why: string): void => {
  say('STOPPING', why);
  starting.abort(new Error(why));
  void whole.then(
    async (stack) => {
      await stack.stop();
      say('STOPPED', why);
      process.exit(0);
    },
    () => process.exit(3),
  );
};
process.once('SIGTERM', () => stop('SIGTERM'));
process.once('SIGINT', () => stop('SIGINT'));
watchParent(() => stop('parent'));

const whole = startStack({
  dataDir,
  temporalCli,
  env: process.env,
  ports: { postgres: 0, temporal: 0, webUi: 0 },
  onStep: (step) => say('STEP', step),
  signal: starting.signal,
});
try {
  const stack = await whole;
  const child = await stack.startChild({
    name: 'child',
    command: childScript === undefined ? 'sleep' : process.execPath,
    args: childScript === undefined ? ['600'] : ['-e', childScript],
    env: process.env,
  });
  await stack.publish({ sandboxUrl: 'http://127.0.0.1:1' });
  const { databaseUrl, webUi, temporal } = stack;
  say('UP', { pid: process.pid, databaseUrl, address: temporal.address, webUi, child: child.pid });
} catch (error) {
  say('FAILED', error instanceof Error ? error.message : String(error));
  process.exitCode = 3;
}
