// What a command has written to a terminal, as a page: the colours that it uses, and no cursor movements.

const colours = {
  1: 'font-weight:bold',
  2: 'opacity:.6',
  31: 'color:#ff7b72',
  32: 'color:#7ee787',
  33: 'color:#e3b341',
};
const more = { 34: 'color:#79c0ff', 35: 'color:#d2a8ff', 36: 'color:#56d4dd', 90: 'opacity:.6' };
const styles = { ...colours, ...more };
const ends = new Set(['0', '', '22', '39']);

const page = 'margin:0;background:#0d1117;color:#e6edf3;font:14px/1.45 "DejaVu Sans Mono",Menlo,Consolas,monospace';

/** The page's address: it needs no server. */
export function terminalPage(command, text) {
  const body = `<span style="opacity:.6">$</span> ${escaped(command)}\n${coloured(text.trimEnd())}`;
  const html = `<meta charset="utf-8"><body style='${page}'><pre style="margin:0;padding:20px;font:inherit;white-space:pre-wrap">${body}</pre>`;
  return `data:text/html;base64,${Buffer.from(html).toString('base64')}`;
}

function coloured(text) {
  let open = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: how a terminal is told colours
  const html = escaped(text).replace(/\u001b\[([\d;]*)m/g, (_, codes) => {
    if (codes.split(';').every((code) => ends.has(code))) {
      const closing = '</span>'.repeat(open);
      open = 0;
      return closing;
    }
    open += 1;
    return `<span style="${codes
      .split(';')
      .map((code) => styles[code] ?? '')
      .join(';')}">`;
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: whatever else it is told
  return html.replace(/\u001b\[[\d;?]*[A-Za-z]/g, '') + '</span>'.repeat(open);
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
