import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSteps } from '../../src/screen/steps.ts';
import { capture } from './terminal.ts';

describe('steps where there is no terminal', () => {
  it('are one line when they were quick', async () => {
    const { screen, lines } = capture();
    await createSteps(screen).run(
      'Starting',
      async () => 5433,
      (port) => `Up at ${port}`,
    );
    expect(lines()).toEqual(['✓ Up at 5433']);
  });

  it('are announced when they take over a second, with the time they took', async () => {
    const { screen, lines } = capture();
    const step = createSteps(screen).begin('Fetching');
    await sleep(1100);
    step.done('Fetched');
    expect(lines()).toEqual(['  Fetching …', expect.stringMatching(/^✓ Fetched \(1\.\d s\)$/)]);
  });

  it('say that they failed, and pass the error on', async () => {
    const { screen, lines } = capture();
    const failing = createSteps(screen).run('Starting', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(lines()).toEqual(['✗ Starting']);
  });
});

describe('steps on a terminal', () => {
  it('share one spinner, which is gone when they are over', async () => {
    const { screen, text } = capture({ terminal: true });
    const steps = createSteps(screen);
    const database = steps.begin('PostgreSQL');
    const server = steps.begin('Temporal');
    await sleep(500);
    database.done();
    // Only what took more than a second tells how long it took.
    await sleep(800);
    server.done('Temporal is up');
    await sleep(200);
    expect(text()).toContain('PostgreSQL · Temporal');
    const length = text().length;
    await sleep(300);
    expect(text()).toHaveLength(length);
    expect(text().trimEnd()).toMatch(/✓ Temporal is up \(\d\.\d s\)$/);
  });
});
