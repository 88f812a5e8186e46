import ora, { type Ora } from 'ora';
import { duration } from './format.ts';
import { paint, type Screen } from './screen.ts';

/** Something that may take a while. End it once, with what came out of it. */
export interface Step {
  /** What it is doing now, in place of the text it began with. */
  say(text: string): void;
  done(text?: string): void;
  failed(text?: string): void;
}

export interface Steps {
  begin(text: string): Step;
  /** A line among the steps; never draws into a spinner. */
  line(text?: string): void;
  /** Begins a step, waits for the work and ends it; `result` words what came out. */
  run<T>(text: string, work: (step: Step) => Promise<T>, result?: (value: T) => string): Promise<T>;
}

/**
 * On a terminal one spinner names all open steps, after a moment; elsewhere a step is a line when it begins and ends.
 * A quiet screen shows none: what fails is told by its error.
 */
export function createSteps(screen: Screen): Steps {
  const view = viewOn(screen);
  const begin = (text: string): Step => openStep(view, screen, text);
  return {
    begin,
    line: view.line,
    run: async (text, work, result) => {
      const step = begin(text);
      try {
        const value = await work(step);
        step.done(result?.(value));
        return value;
      } catch (error) {
        step.failed();
        throw error;
      }
    },
  };
}

interface View {
  line(text?: string): void;
  set(id: symbol, text: string): void;
  end(id: symbol): void;
}

function viewOn(screen: Screen): View {
  if (screen.loudness === 'quiet') return { line: () => {}, set: () => {}, end: () => {} };
  return screen.terminal ? spinnerView(screen) : lineView(screen);
}

function openStep(view: View, screen: Screen, begun: string): Step {
  const id = Symbol(begun);
  const since = performance.now();
  let text = begun;
  view.set(id, text);
  const end = (mark: string, last: string) => {
    const seconds = (performance.now() - since) / 1000;
    view.end(id);
    view.line(`${mark} ${last}${seconds >= 1 ? paint(screen, 'dim', ` (${duration(seconds)})`) : ''}`);
  };
  return {
    say: (now) => {
      text = now;
      view.set(id, text);
    },
    done: (last = text) => end(paint(screen, 'green', '✓'), last),
    failed: (last = text) => end(paint(screen, 'red', '✗'), last),
  };
}

function lineView(screen: Screen): View {
  const open = new Map<symbol, NodeJS.Timeout>();
  const forget = (id: symbol) => {
    clearTimeout(open.get(id));
    open.delete(id);
  };
  return {
    line: screen.line,
    // Quick steps are told once, when they are done; only what takes over a second is announced.
    set: (id, text) => {
      forget(id);
      open.set(
        id,
        setTimeout(() => screen.line(`  ${text} …`), 1000),
      );
    },
    end: forget,
  };
}

const spinnerDelayMs = 300;

function spinnerView(screen: Screen): View {
  const open = new Map<symbol, string>();
  let spinner: Ora | null = null;
  let timer: NodeJS.Timeout | undefined;
  const hide = () => {
    clearTimeout(timer);
    spinner?.stop();
    spinner = null;
  };
  const draw = () => {
    if (open.size === 0) return hide();
    const text = [...open.values()].join(' · ');
    if (spinner) spinner.text = text;
    else spinner = startSpinner(screen, text);
  };
  const drawSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(draw, spinner ? 0 : spinnerDelayMs);
  };
  return {
    line: (text) => {
      hide();
      screen.line(text);
      if (open.size > 0) drawSoon();
    },
    set: (id, text) => {
      open.set(id, text);
      drawSoon();
    },
    end: (id) => {
      open.delete(id);
      if (open.size === 0) hide();
    },
  };
}

function startSpinner(screen: Screen, text: string): Ora {
  // Raw mode would take Ctrl-C away from the terminal, and with it from the children of this process.
  return ora({ text, stream: screen.stream, discardStdin: false, color: screen.colour ? 'cyan' : false }).start();
}
