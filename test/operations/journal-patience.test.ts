import { setTimeout as sleep } from 'node:timers/promises';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { beforeAll, expect, it } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { journaled } from '../../src/activities/journal.ts';
import { openStore, type Store } from '../../src/store/connect.ts';
import { connect } from '../store/database.ts';
import { copyTemplate } from '../support/world.ts';

let store: Store;
let sql: ReturnType<typeof connect>;
beforeAll(async () => {
  const { databaseUrl } = await copyTemplate();
  store = openStore({ url: databaseUrl });
  sql = connect(databaseUrl);
  return () => store.close();
});

const failure = (type: string) => ApplicationFailure.create({ type, message: 'It failed.', nextRetryDelay: 1000 });

it('a step that fails tells so within seconds, however much the journal of causes could not note before', async () => {
  const info = { attempt: 1, activityType: 'readPages', currentAttemptScheduledTimestampMs: Date.now() };
  const journal = journaled({ store, attemptLost: async () => false } as unknown as ActivityDependencies);
  const step = (ends: Promise<never>) =>
    asyncLocalStorage.run({ info } as Context, () => journal(() => ends)({ runId: 'r', stream: 's' }));
  const [outage, last] = [Promise.withResolvers<never>(), Promise.withResolvers<never>()];
  const under = expect(step(last.promise)).rejects.toThrow('It failed.');
  const others = Array.from({ length: 8 }, () => step(outage.promise));
  await sleep(100);
  outage.reject(failure('Database'));
  await Promise.allSettled(others);
  await sql.begin(async (transaction) => {
    await transaction`LOCK TABLE sync.causes IN ACCESS EXCLUSIVE MODE`;
    const from = performance.now();
    last.reject(failure('VendorUnavailable'));
    await under;
    expect(performance.now() - from).toBeLessThan(3_000);
  });
});
