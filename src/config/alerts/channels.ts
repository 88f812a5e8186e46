import { z } from 'zod';
import { isClearText } from '../base-url.ts';
import { didYouMean } from '../suggest.ts';
import { wholeNumber } from '../systems/shared.ts';
import { missingOr, type Values } from '../values.ts';

const formatError = 'must be one of json, slack';
const hostError = 'must be the name of the mail server, like smtp.example.com, without a port';
const securityError = 'must be one of starttls, tls, none';
const usernameError = 'must be the user name at the mail server, as plain text or by reference';
const addressError = 'must be an e-mail address alone, like ops@example.com';
const recipientsError = 'must be a list of e-mail addresses, like [ops@example.com]';
const urlError =
  'does not hold the address of a webhook: it begins with https:// (http:// only to this machine, or with `allowInsecureHttp: true`)';

const isHost = (text: string): boolean => /^(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?\.?)+$/.test(text);
const isAddress = (text: string): boolean => /^[^\s@<>",;:\\]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(text);

const address = (values: Values) => values.text(addressError).refine(isAddress, { error: addressError });

function webhook(values: Values) {
  return z
    .strictObject({
      type: z.literal('webhook'),
      url: values.secret('url'),
      format: z.enum(['json', 'slack'], { error: formatError }).default('json'),
      allowInsecureHttp: z.boolean({ error: missingOr('must be true or false') }).default(false),
    })
    .refine(({ url, allowInsecureHttp }) => isWebhookUrl(url.resolve(), allowInsecureHttp), {
      path: ['url'],
      error: urlError,
    });
}

function isWebhookUrl(text: string, allowInsecureHttp: boolean): boolean {
  const url = /^https?:\/\/[^/]/i.test(text) ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '') return false;
  return allowInsecureHttp || !isClearText(url.href);
}

function smtp(values: Values) {
  return z
    .strictObject({
      type: z.literal('smtp'),
      host: values.text(hostError).refine(isHost, { error: hostError }),
      port: wholeNumber(1, 65_535).optional(),
      security: z.enum(['starttls', 'tls', 'none'], { error: securityError }).optional(),
      username: values.plainOrSecret('username', usernameError).optional(),
      password: values.secret('password').optional(),
      from: address(values),
      to: z.array(address(values), { error: missingOr(recipientsError) }).min(1, { error: recipientsError }),
    })
    .refine(({ username, password }) => (username === undefined) === (password === undefined), {
      path: ['password'],
      error: 'goes with `username`: give both or neither',
    })
    .transform((mail) => {
      const security = mail.security ?? (mail.port === 465 ? 'tls' : 'starttls');
      return { ...mail, security, port: mail.port ?? (security === 'tls' ? 465 : 587) };
    })
    .refine(({ password, security, host }) => password === undefined || security !== 'none' || isHere(host), {
      path: ['security'],
      error: 'would send the password in clear text: use starttls or tls, or take the password away',
    })
    .meta({ dependencies: { username: ['password'], password: ['username'] } });
}

const isHere = (host: string): boolean => !isClearText(`http://${host}`);

/** Keys of each type of channel, for "did you mean". */
export const channelKeys: Readonly<Record<string, readonly string[]>> = {
  webhook: ['type', 'url', 'format', 'allowInsecureHttp'],
  smtp: ['type', 'host', 'port', 'security', 'username', 'password', 'from', 'to'],
};

export function channelSchema(values: Values) {
  return z.discriminatedUnion('type', [webhook(values), smtp(values)], { error: ({ input }) => typeError(input) });
}

/** Quotes only names it knows. */
function typeError(channel: unknown): string {
  const type = z.object({ type: z.string() }).safeParse(channel).data?.type ?? '';
  return `must say what kind it is with \`type\`: webhook or smtp${didYouMean(type, Object.keys(channelKeys))}`;
}
