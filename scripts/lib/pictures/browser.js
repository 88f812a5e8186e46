// A Chromium without a window, driven by its DevTools protocol: what the pictures need of it, without a package for it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const macOs = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** Opens a page of `width` CSS pixels. The caller closes it. */
export async function openBrowser({ width = 1280 } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'incentive-sync-browser-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run'];
  const child = spawn(find(), [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: 'ignore',
  });
  const close = async () => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return { ...pageOf(await connect(await portOf(profile)), width), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function find() {
  const places = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const found = [process.env.CHROMIUM, ...places, macOs].find((place) => place && existsSync(place));
  if (found) return found;
  throw new Error('No Chromium was found. Install one (`apt-get install chromium`), or name it in CHROMIUM.');
}

/** Chromium writes the port that it took into its profile. */
async function portOf(profile) {
  return until('Chromium', async () => (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n')[0]);
}

async function connect(port) {
  const page = await until('a page', async () =>
    (await (await fetch(`http://127.0.0.1:${port}/json`)).json()).find(({ type }) => type === 'page'),
  );
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('Chromium refused the connection.'));
  });
  return socket;
}

function pageOf(socket, width) {
  const answers = new Map();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    answers.get(id)?.(error ? { error } : result);
    answers.delete(id);
  };
  const send = (method, params = {}) =>
    new Promise((resolve) => {
      last += 1;
      answers.set(last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });

  const evaluate = async (expression) =>
    (await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })).result?.value;

  const sized = (height) =>
    send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });

  return {
    evaluate,
    async open(url, height = 900) {
      await sized(height);
      await send('Page.navigate', { url });
    },
    /** Until the page says `text`. */
    says: (text) =>
      until(`«${text}» on the page`, () => evaluate(`document.body?.innerText.includes(${JSON.stringify(text)})`)),
    /** The same of a frame in the page; the Web UI shows Markdown in those. */
    framed: (text, withinMs) =>
      until(
        `«${text}» in a frame`,
        () =>
          evaluate(
            `Array.from(frames).some((frame) => frame.document.body?.innerText.includes(${JSON.stringify(text)}))`,
          ),
        withinMs,
      ),
    /** A PNG of the part from the top to so many pixels. */
    async shoot(file, height) {
      const clip = { x: 0, y: 0, width, height, scale: 1 };
      const { data } = await send('Page.captureScreenshot', { format: 'png', clip, captureBeyondViewport: true });
      await writeFile(file, Buffer.from(data, 'base64'));
    },
  };
}

/** The first value of `look` that is something; its failures count as nothing. */
export async function until(what, look, withinMs = 60_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await Promise.resolve()
      .then(look)
      .catch(() => undefined);
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s in vain for ${what}.`);
    await sleep(200);
  }
}
