import type { Config } from '../config/load.ts';
import { count, folded, printable } from '../screen/format.ts';
import { paint, type Screen, widthOf } from '../screen/screen.ts';
import type { StoredConnection } from '../store/connections.ts';
import type { RowCounts } from '../store/row-counts.ts';

/** What a change of this connection touches, in words. */
export function touched(known: StoredConnection): string[] {
  const rows = Object.entries(known.rows).map(([stream, counts]) => `  ${printable(stream)}: ${rowsInWords(counts)}`);
  const results = known.results === 0 ? '' : `; results in the ledger: ${count(known.results)}`;
  return [
    `${known.connection} has in the database:`,
    ...(rows.length === 0 ? ['  no rows'] : rows),
    `  quarantine: ${count(known.quarantined)} open; receipts: ${count(known.receipts)}${results}`,
  ];
}

function rowsInWords({ live, deleted }: RowCounts): string {
  const rows = `${count(live)} ${live === 1 ? 'row' : 'rows'}`;
  return deleted === 0 ? rows : `${rows}, and ${count(deleted)} marked as deleted`;
}

interface Listed {
  connection: string;
  system: string | null;
  /** What it was found to point at by its runs. */
  pointsAt: string | null;
  /** What the configuration says now; null where it does not name the connection. */
  configured: string | null;
  rows: Record<string, RowCounts>;
  quarantined: number;
  receipts: number;
  results: number;
}

function listed(config: Config, stored: readonly StoredConnection[]): Listed[] {
  const inFile = new Map(config.connections.map((connection) => [connection.name, connection]));
  const names = new Set([...inFile.keys(), ...stored.map(({ connection }) => connection)]);
  return [...names].map((name) => {
    const configured = inFile.get(name);
    const known = stored.find(({ connection }) => connection === name);
    return {
      connection: name,
      system: known?.system ?? configured?.system ?? null,
      pointsAt: known?.pointsAt ?? null,
      configured: configured === undefined ? null : config.pointsAt(configured),
      rows: known?.rows ?? {},
      quarantined: known?.quarantined ?? 0,
      receipts: known?.receipts ?? 0,
      results: known?.results ?? 0,
    };
  });
}

export function listDocument(config: Config, stored: readonly StoredConnection[]): string {
  return JSON.stringify({ connections: listed(config, stored) });
}

export function listConnectionLines(config: Config, stored: readonly StoredConnection[], screen: Screen): string[] {
  return listed(config, stored).flatMap((one) => {
    const rows = Object.entries(one.rows).map(([stream, counts]) => `${stream} ${rowsInWords(counts)}`);
    const address = one.pointsAt ?? one.configured ?? 'nowhere yet';
    return [
      `${paint(screen, 'bold', one.connection)} (${one.system ?? 'system unknown'}) at ${printable(address)}`,
      ...folded(`  ${rows.length === 0 ? 'no rows yet' : printable(rows.join('; '))}`, widthOf(screen)),
      ...(one.quarantined === 0
        ? []
        : [`  ${count(one.quarantined)} put aside: incentive-sync quarantine list --connection ${one.connection}`]),
      ...remark(one, config),
    ];
  });
}

function remark({ connection, pointsAt, configured }: Listed, { file }: Config): string[] {
  if (configured === null) return [`  ! ${file} does not name it: its rows stay, and nothing syncs it`];
  if (pointsAt === null || pointsAt === configured) return [];
  return [
    `  ! ${file} now points at ${configured}; its next run is refused. Same account: incentive-sync connection reset ${connection}`,
  ];
}
