import { hash } from 'node:crypto';
import { VendorContractError, VendorUnavailableError } from '../../errors.ts';
import { integerText } from '../fields.ts';
import { isObject, parseExact } from '../json/exact.ts';
import { MalformedJson, type RecordSlice, splitList } from '../json/split.ts';
import { chosen, type Pool, type SettingName, type SettingValue } from './pool.ts';

/**
 * Where each pool stands in the answer of a list, which is a bare array (developer-platform.vibes.com, Incentive Pool
 * API).
 *
 * @throws VendorUnavailableError for a body that is cut; VendorContractError for anything that is no list.
 */
export function readPoolList(body: Buffer, place: string): RecordSlice[] {
  const records = split(body, place);
  if (records !== null) return records;
  throw new VendorContractError(
    `${place} sent ${body.toString('latin1', 0, 200).trimStart().startsWith('{') ? 'an object' : 'something'} where the vendor documents a list of pools. Nothing of it was taken. Check \`baseUrl\`.`,
  );
}

function split(body: Buffer, place: string): RecordSlice[] | null {
  const start = body.toString('latin1', 0, 200).trimStart();
  if (start === '') throw new VendorContractError(`${place} sent nothing where the vendor documents a list of pools.`);
  if (start.startsWith('<')) {
    throw new VendorContractError(`${place} sent an HTML page instead of JSON. Check \`baseUrl\`.`);
  }
  try {
    return splitList(body);
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    if (error.position >= body.length) throw new VendorUnavailableError(`${place} sent a body that is cut.`);
    throw new VendorContractError(`${place} sent a body that is not JSON (at byte ${error.position}).`);
  }
}

/** Every pool of a list that tells its id; what is wrong with the others, a sync tells. @throws what `readPoolList` throws */
export function readPools(body: Buffer, place: string): Pool[] {
  return readPoolList(body, place).flatMap(({ start, end }) => readPool(body.toString('utf8', start, end)) ?? []);
}

/** @throws VendorContractError for an answer that is no pool. */
export function readOnePool(body: Buffer, place: string): Pool {
  const pool = readPool(body.toString());
  if (pool !== null) return pool;
  throw new VendorContractError(`${place} sent something that is not an incentive pool as documented.`);
}

/** Null for what is no pool with an id. Unknown keys are ignored, and so is a value of the wrong kind. */
export function readPool(text: string): Pool | null {
  const record = parsed(text);
  const id = integerText(record?.id);
  if (record === null || id === null) return null;
  const codes = within(record, 'incentive_codes');
  const values: Record<SettingName, SettingValue | undefined> = {
    name: typed(record.name, 'string'),
    issuance_allowed: typed(record.issuance_allowed, 'boolean'),
    redemption_allowed: typed(record.redemption_allowed, 'boolean'),
    'incentive_codes.low_threshold': typed(codes.low_threshold, 'number'),
    // The vendor's OpenAPI document spells this one wrongly where it describes answers.
    'incentive_codes.max_characters': typed(codes.max_characters ?? codes.max_charachters, 'number'),
    'distribution.method': typed(within(record, 'distribution').method, 'string'),
    notification_email_address: typed(record.notification_email_address, 'string'),
  };
  return {
    id,
    settings: chosen((name) => values[name]),
    total: count(codes.total),
    issued: count(codes.issued),
    remaining: count(codes.remaining),
    createdAt: typeof record.created_at === 'string' ? record.created_at : null,
    updatedAt: typeof record.updated_at === 'string' ? record.updated_at : null,
  };
}

/** Names what people decide about a pool: it changes with an edit, and not with the codes that are issued. */
export function fingerprintOf({ id, settings }: Pick<Pool, 'id' | 'settings'>): string {
  return hash('sha256', JSON.stringify([id, chosen((name) => settings[name])]), 'hex').slice(0, 16);
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value = parseExact(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function within(record: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = record[name];
  return isObject(value) ? value : {};
}

function typed(value: unknown, type: 'string' | 'number' | 'boolean'): SettingValue | undefined {
  const isSo = typeof value === type;
  return isSo && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    ? value
    : undefined;
}

const count = (value: unknown): number | null => (typeof value === 'number' ? value : null);
