import { describe, expect, it } from 'vitest';
import { fileOf, variablesOf } from '../../src/commands/init-file.ts';
import { interview } from '../../src/commands/init-interview.ts';
import { configOf } from '../config/write.ts';

/** Somebody who gives these answers, one after another, and hears what is said. */
function person(...answers: string[]) {
  const heard: string[] = [];
  const ask = async (question: string) => {
    heard.push(question);
    const answer = answers.shift();
    if (answer === undefined) throw new Error(`nothing is left to answer to: ${question}`);
    return answer;
  };
  return { heard, left: answers, ask, say: (line: string) => void heard.push(line) };
}

describe('the questions of `init`', () => {
  it('make a file of the answers, which loads', async () => {
    const [first, second] = [
      ['portfolio-nl', 'https://api.example.com/v1', 'MY_KEY', '0 6 * * *'],
      ['', 'eu', 'Ab12Cd', '', '', 'never'],
    ];
    const asked = person('1, vibes', ...first!, ...second!);
    const choices = await interview(asked, undefined);
    expect(asked.left).toEqual([]);
    expect(variablesOf(choices)).toEqual(['MY_KEY', 'VIBES_USERNAME', 'VIBES_PASSWORD']);
    const { connections } = configOf(fileOf(choices, './x.json'), {
      MY_KEY: 'k',
      VIBES_USERNAME: 'u',
      VIBES_PASSWORD: 'p',
    });
    expect(connections).toMatchObject([
      { name: 'portfolio-nl', baseUrl: 'https://api.example.com/v1', schedule: { kind: 'cron', cron: '0 6 * * *' } },
      { name: 'vibes', region: 'eu', companyKey: 'Ab12Cd' },
    ]);
    expect(connections[1]!.schedule).toBeUndefined();
  });

  it('are asked again where an answer cannot be right, and a secret that is typed is not taken', async () => {
    const asked = person(
      'Big Name',
      'a',
      'api.example.com',
      'http://api.example.com',
      '',
      'sk_live_abc',
      'KEY',
      'soon',
      '',
    );
    const [choice] = await interview(asked, ['incentify']);
    expect(asked.left).toEqual([]);
    expect(choice).toMatchObject({ name: 'a', schedule: '15m', values: { apiKey: { variable: 'KEY' } } });
    expect(JSON.stringify(choice)).not.toContain('sk_live');
    expect(asked.heard.filter((line) => line.includes('Never type a secret'))).toHaveLength(1);
  });

  it('give two connections to one name never', async () => {
    const asked = person('same', '', '', '', 'same', 'other', '', '', '', '');
    const choices = await interview(asked, ['incentify', 'neoday']);
    expect(choices.map(({ name }) => name)).toEqual(['same', 'other']);
  });
});
