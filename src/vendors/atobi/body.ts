import type { KpiElement } from './element.ts';

/** What a transfer says besides its elements (help.atobi.io, "KPI Integration"). */
export interface KpiEnvelope {
  /** The identifier of the integration, which Atobi gives out. */
  readonly type: string;
  /** Groups KPIs; unique for each. */
  readonly context: string;
}

export interface KpiTransfer extends KpiEnvelope {
  readonly elements: readonly KpiElement[];
}

const version = '1.0.0';

/**
 * The body of one transfer: in `data[]` users and locations in the order in which they first come, each with its
 * elements in theirs.
 */
export function writeBody({ elements, ...envelope }: KpiTransfer): string {
  const groups = new Map<string, KpiElement[]>();
  for (const element of elements) {
    const opening = openGroup(element);
    const group = groups.get(opening);
    if (group === undefined) groups.set(opening, [element]);
    else group.push(element);
  }
  const data = [...groups].map(([opening, inside]) => `${opening}${inside.map(writeElement).join(',')}${closeGroup}`);
  return `${openBody(envelope)}${data.join(',')}${closeBody}`;
}

/** The context of a body that `writeBody` made; null for anything else. */
export function contextOf(body: string): string | null {
  const [, written] = /^\{"type":"(?:[^"\\]|\\.)*","version":"[^"]*","context":("(?:[^"\\]|\\.)*")/.exec(body) ?? [];
  return written === undefined ? null : String(JSON.parse(written));
}

/** Tells how long `writeBody` will make a body, to the byte, while elements are being collected for it. */
export class BodyMeter {
  readonly #groups = new Set<string>();
  #bytes: number;
  #elements = 0;

  constructor(envelope: KpiEnvelope) {
    this.#bytes = Buffer.byteLength(openBody(envelope)) + closeBody.length;
  }

  /** Of the body with what was added until now; of one without elements at first. */
  get bytes(): number {
    return this.#bytes;
  }

  get elements(): number {
    return this.#elements;
  }

  /** How many bytes longer this element would make it. */
  bytesOf(element: KpiElement): number {
    const own = Buffer.byteLength(writeElement(element));
    const opening = openGroup(element);
    if (this.#groups.has(opening)) return comma + own;
    const before = this.#groups.size === 0 ? 0 : comma;
    return before + Buffer.byteLength(opening) + own + closeGroup.length;
  }

  add(element: KpiElement): void {
    this.#bytes += this.bytesOf(element);
    this.#groups.add(openGroup(element));
    this.#elements += 1;
  }
}

const comma = 1;
const closeGroup = ']}';
const closeBody = ']}';

function openBody({ type, context }: KpiEnvelope): string {
  return `${JSON.stringify({ type, version, context }).slice(0, -1)},"data":[`;
}

/** The same text for the same user and location, and for no other. */
function openGroup({ userId, locationId }: KpiElement): string {
  const subject = {
    ...(userId === null ? {} : { user_id: userId }),
    ...(locationId === null ? {} : { location_id: locationId }),
    elements: [],
  };
  return JSON.stringify(subject).slice(0, -closeGroup.length);
}

function writeElement({ id, kpi, value, units, timestamp, dateFrom, dateTo }: KpiElement): string {
  return JSON.stringify({
    id: Number(id),
    kpi,
    object_type: 'number',
    value,
    ...(units === null ? {} : { units }),
    timestamp,
    ...(dateFrom === null ? {} : { date_from: dateFrom }),
    ...(dateTo === null ? {} : { date_to: dateTo }),
  });
}
