/**
 * Calls `onGone` once when the parent process is gone. npm killed by SIGKILL sends us nothing, but we get another parent.
 * `expected` is the parent's pid as known to whoever started us (without it, the parent at the time of the call): it
 * catches a parent that was gone before we looked. The timer does not keep the process alive. Returns what ends the watch.
 * Only for processes that a parent started for its own sake (by npm, by our supervisor): a daemon left by its shell must
 * not use it.
 */
export function watchParent(onGone: () => void, { expected = process.ppid, everyMs = 500 } = {}): () => void {
  const timer = setInterval(() => {
    if (process.ppid === expected) return;
    clearInterval(timer);
    onGone();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
