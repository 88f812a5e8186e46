import { z } from 'zod';
import { jsonAnswer } from '../../answer.ts';
import { faultKind } from '../../faults/fault.ts';
import { within } from './file.ts';

interface Link {
  result: { id: string; download_url: string };
}

/** Download URLs of another origin: another name of this machine, a private address, another scheme. */
export const fileUrl = faultKind(
  'file-url',
  z.strictObject({ kind: z.literal('file-url'), ...within('fetch'), origin: z.string() }),
  ({ origin }) => ({
    change: (answer) => {
      if (answer.status !== 200) return answer;
      const { result }: Link = JSON.parse(answer.body.toString());
      const { pathname, search } = new URL(result.download_url);
      const changed = { ...result, download_url: `${origin}${pathname}${search}` };
      return jsonAnswer(200, JSON.stringify({ result: changed }));
    },
  }),
);
