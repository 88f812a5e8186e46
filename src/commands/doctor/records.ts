import { journalMark } from '../../operations/journal-mark.ts';
import { duration } from '../../screen/format.ts';
import { isLate, standingAlerts } from '../../store/alerts/list.ts';
import { newestDelivery } from '../../store/atobi/newest.ts';
import { type KpisOverview, kpisOverview } from '../../store/atobi/overview.ts';
import { storedAddress } from '../../store/identity.ts';
import { openQuarantine } from '../../store/standing.ts';
import { failed, type Line, ok, skipped, warning } from './finding.ts';
import type { Site } from './site.ts';

/** Whether each connection still points where its rows came from. */
export async function checkRows(site: Site): Promise<Line[]> {
  const { inspected, connections, command } = site;
  if (inspected === null) return [skipped('rows', 'needs the file, which cannot be read')];
  const { sql } = await site.tables();
  const stored = await Promise.all(connections.map(async (one) => [one, await storedAddress(sql, one.name)] as const));
  const moved = stored.filter(([one, address]) => address !== null && address !== inspected.config.pointsAt(one));
  if (moved.length === 0) return [ok('rows', 'came from where the connections point')];
  return moved.map(([{ name }, address]) =>
    failed(
      'rows',
      `came from ${address}, and the file points elsewhere, so a sync is refused`,
      `Give this account a name of its own; or, where both are the same account, type \`${command(`connection reset ${name}`)}\`.`,
      name,
    ),
  );
}

export async function checkQuarantine({ asked, tables, command }: Site): Promise<Line[]> {
  const all = await openQuarantine((await tables()).sql);
  const open = all.filter(({ connection }) => asked.connection === undefined || asked.connection === connection);
  if (open.length === 0) return [ok('quarantine', 'nothing is put aside')];
  return open.map(({ connection, stream, entries, seconds }) => {
    const scope = `--connection ${connection} --stream ${stream}`;
    const records = entries === 1 ? 'one record is' : `${entries} records are`;
    return warning(
      'quarantine',
      `${records} put aside in ${stream}, the oldest for ${duration(seconds)}`,
      `See why: \`${command(`quarantine list ${scope}`)}\`; then \`${command(`quarantine replay ${scope}`)}\`, or \`${command(`quarantine drop ${scope}`)}\`.`,
      connection,
    );
  });
}

/** Deliveries of which nobody knows whether they arrived, a vendor who asked for a pause, and a journal that is behind. */
export async function checkKpis(site: Site): Promise<Line[]> {
  const names = site.connections.filter(({ system }) => system === 'atobi').map(({ name }) => name);
  if (names.length === 0) return [];
  const { sql, installation } = await site.tables();
  const overviews = await Promise.all(names.map((name) => kpisOverview(sql, name)));
  const behind = await Promise.all(names.map((name) => behindLines(site, name, installation)));
  const lines = [...overviews.flatMap((overview) => deliveryLines(site, overview)), ...behind.flat()];
  return lines.length > 0 ? lines : [ok('KPIs', 'the journal knows what became of every delivery')];
}

function deliveryLines({ command }: Site, { unknown, budgets }: KpisOverview): Line[] {
  const lost = unknown.map(({ connection, delivery, elements, sentAt }) =>
    warning(
      'KPIs',
      `it is not known whether delivery ${delivery} of ${sentAt} with ${elements} elements has arrived`,
      `Ask Atobi, then type \`${command(`kpi resolve ${delivery} --accepted`)}\` or \`${command(`kpi resolve ${delivery} --resend`)}\`.`,
      connection,
    ),
  );
  const held = budgets
    .filter(({ heldUntil }) => heldUntil !== null)
    .map(({ connection, heldUntil, heldBecause }) =>
      warning(
        'KPIs',
        `nothing is sent until ${heldUntil}: ${heldBecause ?? 'the vendor asked for a pause'}`,
        null,
        connection,
      ),
    );
  return [...lost, ...held];
}

async function behindLines(site: Site, connection: string, installation: string): Promise<Line[]> {
  const [client, { sql }] = await Promise.all([site.namespace(), site.tables()]);
  const [newest, mark] = await Promise.all([
    newestDelivery(sql, connection),
    journalMark(client, connection, installation),
  ]);
  if (mark <= newest) return [];
  const sentence = `the journal ends with delivery ${newest}, but a run has ended with ${mark}: it was restored from a backup, or is another one`;
  const remedy = `Bring the right database back; or, where sending once more may be, type \`${site.command(`kpi push ${connection} --yes`)}\`.`;
  return [failed('KPIs', sentence, remedy, connection)];
}

export async function checkAlerts({ tables, command, inspected }: Site): Promise<Line[]> {
  const { open, undelivered } = await standingAlerts((await tables()).sql);
  const late = undelivered.flatMap(({ title, deliveries }) =>
    deliveries
      .filter(isLate)
      .map(({ channel }) =>
        warning(
          'alerts',
          `«${title}» has not reached ${channel}`,
          `Type \`${command(`alerts test --channel ${channel}`)}\`.`,
        ),
      ),
  );
  const standing = open.length === 0 ? [] : [openLine(open.length, command)];
  const lines = [...standing, ...late];
  if (lines.length > 0) return lines;
  const none = inspected !== null && inspected.config.alerts === undefined;
  return [ok('alerts', none ? 'the file asks for none' : 'none is open, and all were delivered')];
}

function openLine(number: number, command: Site['command']): Line {
  const sentence = number === 1 ? 'one is open' : `${number} are open`;
  return warning('alerts', sentence, `Type \`${command('alerts list')}\`.`);
}
