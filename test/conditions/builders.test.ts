import * as builders from '../../src/conditions/builders';
import { matches } from '../../src/conditions/matches';
import { findWhereOf, whereOf } from '../../src/conditions/where-of';

interface Invoice {
  readonly createdBy: string;
  readonly status: string | null;
  readonly amount: number;
  readonly issuedAt: Date;
}

const { and, eq, isIn, not, or, ownedBy } = builders;
const PRINCIPAL = { accountId: 'account' };
const INVOICE: Invoice = { createdBy: 'account', status: 'x', amount: 1, issuedAt: new Date(0) };

/** The builders as JavaScript calls them. */
const untyped = builders as unknown as Record<string, (...args: unknown[]) => never>;

describe('a builder', () => {
  it.each([
    ['undefined', 'status', undefined],
    ['NaN', 'amount', NaN],
    ['infinity', 'amount', -Infinity],
    ['a number that is not exact', 'amount', 2 ** 53],
    ['an invalid date', 'issuedAt', new Date(NaN)],
    ['a date before the year 1', 'issuedAt', new Date(-62_135_596_800_001)],
    ['a date after the year 9999', 'issuedAt', new Date(253_402_300_800_000)],
    ['a text with NUL', 'status', 'a\0'],
    ['half a surrogate pair', 'status', 'a\ud800'],
    ['an object', 'status', {}],
    ['an array', 'status', ['x']],
    ['a bigint', 'amount', 1n],
    ['a function', 'status', () => 'x'],
    ['a symbol', 'status', Symbol.iterator],
    ['a string object', 'status', Object('x')],
    ['what only looks like a date', 'issuedAt', Object.create(Date.prototype)],
  ])('refuses %s as a value', (_title, field, value) => {
    expect(() => untyped['eq']!(field, value)).toThrow(TypeError);
    expect(() => untyped['isIn']!(field, [value])).toThrow(TypeError);
  });

  it('refuses a list that is none, or has a hole', () => {
    expect(() => untyped['isIn']!('status', 'draft')).toThrow(/needs a list/);
    expect(() => untyped['isIn']!('status', undefined)).toThrow(/needs a list/);
    expect(() => untyped['isIn']!('status', new Array(1))).toThrow(TypeError);
  });

  it.each(['and', 'or'])('refuses %s() of nothing', (name) => {
    expect(() => untyped[name]!()).toThrow(/at least one/);
  });

  it('AZ-10: refuses names that every object has, that are paths, operators or SQL', () => {
    const inherited = Object.getOwnPropertyNames(Object.prototype);
    expect(inherited).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'toString']));
    const others = ['prototype', 'constructor.prototype', 'toString.call', '$where', 'a.b', 'a b'];
    const sql = ['', ' ', '"', "status' OR 1=1 --", 'status"', ':status', '1status', 'a\n', 'a\0'];
    for (const name of [...inherited, ...others, ...sql, undefined, null, 1, {}, ['status']]) {
      expect(() => untyped['ownedBy']!(name)).toThrow(/Not the name of a column/);
      expect(() => untyped['inTenant']!(name)).toThrow(/Not the name of a column/);
      expect(() => untyped['eq']!(name, 'x')).toThrow(/Not the name of a column/);
      expect(() => untyped['isIn']!(name, ['x'])).toThrow(/Not the name of a column/);
    }
  });

  it('AZ-10: takes no name whose text changes between the check and the use', () => {
    const names = ['status', '__proto__'];
    const name = { toString: () => names.shift() ?? 'status' };
    expect(() => untyped['eq']!(name, 'x')).toThrow(/Not the name of a column/);
  });
});

describe('a condition', () => {
  const condition = and(
    ownedBy<Invoice>('createdBy'),
    or(eq<Invoice>('status', 'x'), not(isIn<Invoice>('amount', [1, 2]))),
  );

  it('is data, all of it', () => {
    expect(JSON.parse(JSON.stringify(condition))).toEqual({
      kind: 'all',
      of: [
        { kind: 'owned_by', field: 'createdBy' },
        {
          kind: 'any',
          of: [
            { kind: 'among', field: 'status', values: ['x'] },
            { kind: 'not', of: { kind: 'among', field: 'amount', values: [1, 2] } },
          ],
        },
      ],
    });
  });

  it('cannot be changed, at any depth', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(condition)).toBe(true);
    expect(frozen(eq<Invoice>('issuedAt', new Date(0)))).toBe(true);
  });

  it('keeps its values when the list or the date it was built from changes', () => {
    const at = new Date(0);
    const list = [at];
    const built = isIn<Invoice>('issuedAt', list);
    at.setTime(1);
    list.push(new Date(2));
    expect(matches(built, PRINCIPAL, INVOICE)).toBe(true);
    expect(matches(built, PRINCIPAL, { ...INVOICE, issuedAt: new Date(2) })).toBe(false);
  });

  it('AZ-10: is only what a builder made: no JSON, copy, heir or stand-in', () => {
    const json = JSON.stringify(eq<Invoice>('status', 'x'));
    const forgeries: unknown[] = [
      JSON.parse(json),
      JSON.parse(`{"__proto__":${json},"kind":"among"}`),
      { ...condition },
      structuredClone(condition),
      Object.create(condition),
      new Proxy(condition, {}),
      () => true,
      true,
      null,
      undefined,
      'always',
    ];
    const repository = { metadata: {} as never };
    for (const forged of forgeries as never[]) {
      expect(() => matches(forged, PRINCIPAL, INVOICE)).toThrow(/Not a condition/);
      expect(() => whereOf(forged, PRINCIPAL)).toThrow(/Not a condition/);
      expect(() => findWhereOf(forged, PRINCIPAL, repository)).toThrow(/Not a condition/);
      expect(() => not(forged)).toThrow(/Not a condition/);
      expect(() => and(condition, forged)).toThrow(/Not a condition/);
      expect(() => or(forged)).toThrow(/Not a condition/);
    }
  });
});
