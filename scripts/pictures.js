// `npm run pictures`: docs/pictures, made anew from a demo of its own. For developers: it needs a Chromium.
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openBrowser, until } from './lib/pictures/browser.js';
import { startDemo } from './lib/pictures/demo.js';
import { terminalPage } from './lib/pictures/terminal.js';

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
const picture = (name) => `${folder}${name}.png`;

/** Columns of the runs list that a person would choose. */
const columns = ['Status', 'Workflow ID', 'SyncStatus', 'SyncTrigger', 'Start', 'End'];

const width = 1280;
await mkdir(folder, { recursive: true });
const browser = await openBrowser({ width });
try {
  const demo = await startDemo();
  try {
    await takeAll(demo);
  } finally {
    await demo.stop();
  }
} finally {
  await browser.close();
}

async function takeAll({ webUi, run, faults }) {
  await terminal('sync', 'incentive-sync sync portfolio', await run('sync', 'portfolio'));
  await details(webUi, 'finished', 'completed ·');

  await faults(
    { kind: 'status', system: 'incentify', streams: ['credits'], status: 503, first: 2 },
    { kind: 'latency', system: 'incentify', ms: 600 },
  );
  const slow = run('sync', 'portfolio');
  await details(webUi, 'running', 'ETA');

  await faults({ kind: 'status', system: 'incentify', status: 403 });
  await slow;
  await details(webUi, 'parked', 'parked ·', 820);
  await list(webUi);
  await terminal('status', 'incentive-sync status', await run('status'));

  await faults();
  await run('cancel', 'portfolio');
}

/** The tab of a run that tells its story. It is opened anew until its details say `says`: it does not follow the run. */
async function details(webUi, name, says, height = 720) {
  await until(`«${says}» in the details`, async () => {
    await browser.open(`${webUi}/namespaces/default/workflows/sync%2Fportfolio`, height);
    await browser.says('User Metadata');
    await browser.evaluate(
      `[...document.querySelectorAll('a')].find((a) => a.innerText.includes('User Metadata')).click()`,
    );
    await browser.framed(says, 5_000);
    return true;
  });
  await browser.shoot(picture(`web-ui-${name}`), height);
}

async function list(webUi) {
  const query = encodeURIComponent('`SyncConnection`="portfolio"');
  const wanted = JSON.stringify({ default: columns.map((label) => ({ label })) });
  await browser.evaluate(`localStorage.setItem('namespace-workflow-table-columns', ${JSON.stringify(wanted)})`);
  await browser.open(`${webUi}/namespaces/default/workflows?query=${query}`, 480);
  await browser.says('sync/portfolio');
  await sleep(1_000);
  await browser.shoot(picture('web-ui-runs'), 480);
}

async function terminal(name, command, text) {
  await browser.open(terminalPage(command, text), 400);
  await sleep(500);
  await browser.shoot(picture(name), await browser.evaluate('document.querySelector("pre").offsetHeight'));
}
