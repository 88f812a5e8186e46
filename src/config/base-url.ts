import { z } from 'zod';
import { orVariable, type Values } from './values.ts';

const notAUrl = 'must be an http or https URL, like `https://api.example.com/v1`';

/** The vendor's address, without a slash at its end. It goes to logs and the Web UI, so it can hold no credentials. */
export function baseUrlSchema(values: Values): z.ZodType<string> {
  return values
    .text(notAUrl)
    .transform((text, context: z.core.$RefinementCtx<string>) => {
      const problem = urlProblem(text.trim());
      if (problem === undefined) return new URL(text.trim()).href.replace(/\/+$/, '');
      context.addIssue({ code: 'custom', message: problem });
      return z.NEVER;
    })
    .meta({ pattern: orVariable('\\s*[hH][tT][tT][pP][sS]?://[^/\\s].*') });
}

/** Whether what is sent to `url` can be read on the way: plain http to anything but this machine. */
export function isClearText(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function urlProblem(text: string): string | undefined {
  // URL repairs `https:/host` and `https:host`, which in a file are typing errors.
  const url = /^https?:\/\/[^/]/i.test(text) ? URL.parse(text) : null;
  if (url === null) return notAUrl;
  if (url.username !== '' || url.password !== '') {
    return 'holds a user name or password: take it out, secrets have keys of their own';
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
    return 'must end with the path: take away the part from `?` or `#` on';
  }
  return undefined;
}
