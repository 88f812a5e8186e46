import type { Config } from '../config/load.ts';
import type { Connection } from '../config/schema.ts';
import { folded, printable } from '../screen/format.ts';
import { type Colour, paint, type Screen, widthOf } from '../screen/screen.ts';
import { storedAddress } from '../store/identity.ts';
import { type Asked, exitCodeOf, type Finding, failed, findings } from './check-findings.ts';
import { askAll } from './check-probes.ts';
import { closingSignal } from './closing.ts';
import { reachableConfig } from './demo-config.ts';
import { findServers, openDatabase } from './reach.ts';
import { type CommonOptions, leave, printJson } from './shared.ts';

/** Tries a connection with one request a stream; leaves by what was found. */
export async function check(name: string, options: CommonOptions, screen: Screen): Promise<void> {
  const config = await reachableConfig(options);
  const connection = config.connection(name);
  const signal = closingSignal({ withParent: false });
  const pointsAt = connection.baseUrl;
  screen.line(`Checking ${name} (${connection.system}) …`);
  const { streams: names, asked } = await askAll(connection, signal);
  const found = [
    ...findings({ pointsAt, system: connection.system }, names, asked),
    ...(await identityFinding(config, connection)),
  ];
  const shown = found.map((finding) => ({ ...finding, sentence: config.redact(finding.sentence) }));
  for (const line of shown.flatMap((finding) => lines(finding, screen))) screen.line(line);
  const code = exitCodeOf(found, asked);
  if (options.json) {
    const streams = Object.fromEntries(asked.map((one) => [one.stream, streamDocument(one)]));
    const about = { connection: name, system: connection.system, pointsAt, ok: code === 0 };
    await printJson(JSON.stringify({ check: { ...about, streams, findings: shown } }));
  }
  await leave(code);
}

/** Whether it still points where its rows came from; nothing where there is no database to ask. */
async function identityFinding(config: Config, connection: Connection): Promise<Finding[]> {
  const stored = await readIdentity(config, connection.name).catch(() => null);
  if (stored === null) return [];
  if (stored === config.pointsAt(connection)) {
    return [{ what: 'rows', state: 'ok', sentence: 'came from the same place', remedy: null }];
  }
  return [
    failed(
      'rows',
      `came from ${stored}, so a sync is refused`,
      `Give this account a name of its own; or, where both are the same account, type \`incentive-sync connection reset ${connection.name}\`.`,
    ),
  ];
}

async function readIdentity(config: Config, name: string): Promise<string | null> {
  const { store } = await openDatabase(await findServers(config));
  return storedAddress(store.sql, name).finally(() => store.close());
}

function streamDocument({ outcome, milliseconds }: Asked) {
  return {
    readable: 'probe' in outcome,
    total: 'probe' in outcome ? outcome.probe.total : null,
    milliseconds: Math.round(milliseconds),
  };
}

const colours: Record<Finding['state'], Colour> = { ok: 'green', failed: 'red', skipped: 'dim' };

function lines({ what, state, sentence, remedy }: Finding, screen: Screen): string[] {
  const width = widthOf(screen);
  const [first = '', ...further] = folded(`${what}: ${printable(sentence)}`, width - 11);
  return [
    `  ${paint(screen, colours[state], state.padEnd(7))}  ${first}`,
    ...further.map((line) => `         ${line}`),
    ...(remedy === null ? [] : folded(`             ${remedy}`, width)),
  ];
}
