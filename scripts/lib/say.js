// Words for the person waiting. Only to stderr: stdout belongs to the command that runs after us.
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs `work` while a spinner with the elapsed seconds turns; a plain line where stderr is no terminal. `work` gets a
 * function that sets a short note behind the text (such as how much is loaded).
 */
export async function withSpinner(text, work) {
  if (!process.stderr.isTTY) {
    say(`${text} …`);
    return work(() => {});
  }
  const begun = Date.now();
  let note = '';
  let turn = 0;
  const draw = () => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    turn = (turn + 1) % frames.length;
    process.stderr.write(`\r\x1b[2K${frames[turn]} ${text}${note === '' ? '' : `, ${note}`} (${seconds} s)`);
  };
  const timer = setInterval(draw, 100);
  draw();
  try {
    return await work((words) => {
      note = words;
    });
  } finally {
    clearInterval(timer);
    process.stderr.write('\r\x1b[2K');
  }
}

/** A failure that is told in one sentence, without a stack. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
