import { type Message, times } from './message.ts';
import { cut } from './words.ts';

/** The document of a webhook, `format: json`. Keys and their meaning are part of the product's contract. */
export function jsonDocument(message: Message): Record<string, unknown> {
  const { id, alertId, event, rule, connection, subject, title, text, commands, since, raisedAt, recoveredAt, facts } =
    message;
  return {
    version: 1,
    id,
    alert: alertId,
    event,
    rule,
    connection,
    subject: subject === '' ? null : subject,
    title,
    text,
    commands,
    since,
    raisedAt,
    recoveredAt,
    facts,
  };
}

const marks = { raised: '🔴', recovered: '🟢', test: '🔵' } as const;

/** Slack takes at most 150 characters of a headline and 3,000 of a paragraph. */
const longestHead = 150;
const longestParagraph = 2900;

/** For Slack's incoming webhooks, and who understands the same: `text` alone is what notifications show. */
export function slackDocument(message: Message): Record<string, unknown> {
  const { event, id, title, text, commands } = message;
  const headline = `${marks[event]} ${title}`;
  const paragraph = [cut(escaped(text), longestParagraph), ...commands.map((command) => `\`${escaped(command)}\``)];
  const context = [times(message), `incentive-sync · ${id}`].filter((part) => part !== '').join('  ·  ');
  return {
    text: escaped(headline),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(headline, longestHead - 1), emoji: true } },
      { type: 'section', text: { type: 'mrkdwn', text: paragraph.join('\n') } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: escaped(context) }] },
    ],
  };
}

/** The three characters that Slack asks to be written so; others' names must not become links or mentions. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Plain text of an e-mail. */
export function mailText(message: Message): string {
  const { text, commands, id } = message;
  return [
    text,
    ...(times(message) === '' ? [] : [times(message)]),
    ...(commands.length === 0 ? [] : [['What to type:', ...commands.map((command) => `  ${command}`)].join('\n')]),
    `-- \nincentive-sync, message ${id}`,
  ].join('\n\n');
}
