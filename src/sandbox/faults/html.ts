import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

const page = Buffer.from('<!doctype html><title>Sign in</title><h1>Sign in to continue</h1>');

/** A web page with status 200, as a proxy or a sign-in wall sends it. */
export const html = faultKind('html', z.strictObject({ kind: z.literal('html'), ...scope }), () => ({
  change: () => ({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page }),
}));
