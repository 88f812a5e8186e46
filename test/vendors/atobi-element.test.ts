import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyMeter, writeBody } from '../../src/vendors/atobi/body.ts';
import { type KpiElement, readKpiTime, readKpiValue } from '../../src/vendors/atobi/element.ts';

const element = (changed: Partial<KpiElement> = {}): KpiElement => ({
  id: '1',
  kpi: 'device_sales',
  userId: '123',
  locationId: null,
  value: '100',
  units: null,
  timestamp: '2026-01-31 00:00:00',
  dateFrom: null,
  dateTo: null,
  ...changed,
});

describe('a value', () => {
  it.each(['0', '17', '-3', '150.00', '-0.10', '007', '12345678901234567890.000000001', '9'.repeat(64)])(
    'keeps its digits: %s',
    (digits) => {
      expect(readKpiValue(digits)).toEqual({ text: digits });
    },
  );

  it.each([
    ['', 'is empty'],
    ['  ', 'is empty'],
    [' 1', 'has blanks around it'],
    ['1\n', 'has blanks around it'],
    ['1e21', 'has an exponent'],
    ['-1.5E-3', 'has an exponent'],
    ['NaN', 'is no number that can be sent'],
    ['Infinity', 'is no number that can be sent'],
    ['-inf', 'is no number that can be sent'],
    ['1,5', 'has a comma'],
    ['1.000,50', 'has a comma'],
    ['+5', 'begins with a plus sign'],
    ['.5', 'is no number'],
    ['5.', 'is no number'],
    ['--5', 'is no number'],
    ['0x10', 'is no number'],
    ['1 000', 'is no number'],
    ['١٧', 'is no number'],
    ['9'.repeat(65), 'has 65 characters'],
  ])('%j is refused in words', (written, reason) => {
    expect(readKpiValue(written)).toEqual({ reason: expect.stringContaining(reason) });
  });
});

describe('a time', () => {
  it.each([
    ['2026-01-31', '2026-01-31 00:00:00'],
    ['2026-01-31 13:09:23', '2026-01-31 13:09:23'],
    ['2026-01-31T13:09', '2026-01-31 13:09:00'],
    ['2026-01-31T13:09:23Z', '2026-01-31 13:09:23'],
    ['2026-01-31T00:30:00+01:00', '2026-01-30 23:30:00'],
    ['2026-12-31T23:30:00-0130', '2027-01-01 01:00:00'],
    ['2026-01-31 13:09:23.999999+00', '2026-01-31 13:09:23'],
    ['1937-06-30 12:00:00+00:19:32', '1937-06-30 11:40:28'],
    ['2024-02-29 06:00:00 +05:30', '2024-02-29 00:30:00'],
    ['0001-01-01', '0001-01-01 00:00:00'],
  ])('%s is sent in UTC at whole seconds', (written, sent) => {
    expect(readKpiTime(written)).toEqual({ text: sent });
  });

  it.each([
    ['', 'is empty'],
    ['yesterday', 'is no date and time'],
    ['infinity', 'is no date and time'],
    ['1769817600', 'is no date and time'],
    ['11/12/2026', 'could mean another day elsewhere'],
    ['1.2.26 10:00', 'could mean another day elsewhere'],
    ['2026-02-30', 'names a day that the calendar does not have'],
    ['2025-02-29 10:00:00', 'names a day that the calendar does not have'],
    ['2026-13-01', 'names a day that the calendar does not have'],
    ['2026-01-31 24:00:00', 'is no date and time'],
    ['2026-01-31 13:60:00', 'is no date and time'],
    ['2026-01-31 13:09:23 Europe/Amsterdam', 'is no date and time'],
    ['2026-01-31 13:09:23 BC', 'is no date and time'],
    ['0000-01-01', 'is not in the years 1 to 9999'],
    ['9999-12-31T23:59:59-01:00', 'is not in the years 1 to 9999'],
  ])('%j is refused in words', (written, reason) => {
    expect(readKpiTime(written)).toEqual({ reason: expect.stringContaining(reason) });
  });

  it('read once is read the same again, whatever moment and zone it was', () => {
    const moments = fc.date({ min: new Date('0002-01-01'), max: new Date('9998-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(moments, fc.integer({ min: -15 * 60, max: 15 * 60 }), (moment, minutes) => {
        const local = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, 23);
        const size = Math.abs(minutes);
        const offset = `${minutes < 0 ? '-' : '+'}${[size / 60, size % 60].map((n) => String(Math.floor(n)).padStart(2, '0')).join(':')}`;
        const text = moment.toISOString().slice(0, 19).replace('T', ' ');
        expect(readKpiTime(`${local}${offset}`)).toEqual({ text });
        expect(readKpiTime(text)).toEqual({ text });
      }),
    );
  });
});

describe('a body', () => {
  it('is as the vendor documents it, users and locations in the order in which they first come', () => {
    const elements = [
      element({ id: '1', locationId: '321', units: 'Devices sold', dateFrom: '2026-01-30 00:00:00' }),
      element({ id: '9007199254740991', userId: '89', value: '150.00' }),
      element({ id: '3', locationId: '321', dateTo: '2026-01-31 23:59:59' }),
      element({ id: '4', userId: null, locationId: '123' }),
    ];
    const common = { kpi: 'device_sales', object_type: 'number', timestamp: '2026-01-31 00:00:00' };
    expect(JSON.parse(writeBody({ type: 'acme', context: 'sales', elements }))).toEqual({
      type: 'acme',
      version: '1.0.0',
      context: 'sales',
      data: [
        {
          user_id: '123',
          location_id: '321',
          elements: [
            { id: 1, ...common, value: '100', units: 'Devices sold', date_from: '2026-01-30 00:00:00' },
            { id: 3, ...common, value: '100', date_to: '2026-01-31 23:59:59' },
          ],
        },
        { user_id: '89', elements: [{ id: 9007199254740991, ...common, value: '150.00' }] },
        { location_id: '123', elements: [{ id: 4, ...common, value: '100' }] },
      ],
    });
  });

  it('is as long as its meter says after every element, and holds each once', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', '"', 'ü', '\ud800'));
    const maybe = fc.option(fc.constantFrom('1', '2', 'ü"'), { nil: null });
    const elements = fc.record({
      id: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(String),
      kpi: text,
      userId: maybe,
      locationId: maybe,
      value: fc.constantFrom('1', '-2.50'),
      units: fc.option(text, { nil: null }),
      timestamp: fc.constant('2026-01-31 00:00:00'),
      dateFrom: maybe,
      dateTo: maybe,
    });
    fc.assert(
      fc.property(text, text, fc.array(elements, { maxLength: 12 }), (type, context, all) => {
        const meter = new BodyMeter({ type, context });
        for (const [index, one] of all.entries()) {
          const before = meter.bytes;
          const more = meter.bytesOf(one);
          meter.add(one);
          expect(meter.bytes).toBe(before + more);
          const body = writeBody({ type, context, elements: all.slice(0, index + 1) });
          expect(meter.bytes).toBe(Buffer.byteLength(body));
        }
        expect(meter.elements).toBe(all.length);
        const { data } = JSON.parse(writeBody({ type, context, elements: all }));
        const ids = data.flatMap((group: { elements: { id: number }[] }) => group.elements.map(({ id }) => String(id)));
        expect(ids.sort()).toEqual(all.map(({ id }) => id).sort());
        expect(new BodyMeter({ type, context }).bytes).toBe(
          Buffer.byteLength(writeBody({ type, context, elements: [] })),
        );
      }),
    );
  });
});
