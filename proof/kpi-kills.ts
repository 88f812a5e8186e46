import { type KilledPush, killComplaints, pushUnderKills, worldOfSlowTransfers } from '../test/support/push-kills.ts';
import { resentAfterUnknown, takenTwice } from '../test/support/push-truth.ts';
import { withServers } from './servers.ts';

const kills = 20;
const elements = 12_000;

/** 20 times SIGKILL in the middle of one push of two workers. `words`: a seed, to see the same kills again. */
export async function prove(words: string[]) {
  const seed = Number(words[0] ?? Date.now() % 1_000_000);
  process.stderr.write(`Killing a worker ${kills} times in the middle of a push, seed ${seed} …\n`);
  return withServers(async (servers) => {
    const world = await worldOfSlowTransfers({}, servers);
    try {
      const push = await pushUnderKills(world, { kills, seed, elements, onKill: told });
      return { figures: figuresOf(push, seed), complaints: judge(push) };
    } finally {
      await world.close();
    }
  });
}

function told({ accepted, sending, goneOnAfterMs }: KilledPush['kills'][number]): void {
  process.stderr.write(
    `  killed after ${accepted} deliveries, ${sending} under way; went on after ${goneOnAfterMs} ms\n`,
  );
}

function judge(push: KilledPush): string[] {
  const { status, reasons } = push.receipt;
  return [
    ...killComplaints(push),
    ...(status === 'completed' ? [] : [`the run ended ${status}: ${reasons.join(' ')}`]),
  ];
}

function figuresOf({ kills: done, truth, orphans, seconds }: KilledPush, seed: number) {
  return {
    seed,
    kills,
    elements,
    deliveries: truth.journal.length,
    underWayAtKill: done.map(({ sending }) => sending),
    leftWithoutAnswerByKills: orphans,
    unknown: truth.journal.filter(({ state }) => state === 'unknown').length,
    elementsResentAfterUnknown: resentAfterUnknown(truth.journal).size,
    elementsTakenTwice: takenTwice(truth),
    seconds: Math.round(seconds),
  };
}
