import { and, eq, inTenant, isIn, not, or, ownedBy } from '../../src/conditions/builders';
import type { Condition } from '../../src/conditions/condition';
import { matches } from '../../src/conditions/matches';

interface Row {
  readonly ownerId: string | null;
  readonly tenantId: string | null;
  readonly status: string | null;
  readonly amount: number | null;
  readonly at: Date | null;
}

const ROW: Row = { ownerId: 'ann', tenantId: 'acme', status: 'x', amount: 0, at: new Date(5) };
const ANN = { accountId: 'ann', tenantId: 'acme' };
const NOWHERE = { accountId: 'ann' };

function keeps(condition: Condition<Row>, row: Partial<Row> = {}, principal = ANN): boolean {
  return matches(condition, principal, { ...ROW, ...row });
}

describe('matches', () => {
  it('knows the account that owns a row', () => {
    expect(keeps(ownedBy('ownerId'))).toBe(true);
    expect(keeps(ownedBy('ownerId'), { ownerId: 'Ann' })).toBe(false);
    expect(keeps(ownedBy('ownerId'), { ownerId: null })).toBe(false);
  });

  it('keeps the rows of one tenant, or those of none for a principal without one', () => {
    expect(keeps(inTenant('tenantId'))).toBe(true);
    expect(keeps(inTenant('tenantId'), { tenantId: 'other' })).toBe(false);
    expect(keeps(inTenant('tenantId'), { tenantId: null })).toBe(false);
    expect(matches(inTenant<Row>('tenantId'), NOWHERE, ROW)).toBe(false);
    expect(matches(inTenant<Row>('tenantId'), NOWHERE, { ...ROW, tenantId: null })).toBe(true);
  });

  it('compares by value, without conversions', () => {
    expect(keeps(eq('amount', -0))).toBe(true);
    expect(keeps(eq('at', new Date(5)))).toBe(true);
    expect(keeps(eq('at', new Date(6)))).toBe(false);
    expect(keeps(eq('amount', 0), { amount: '0' as never })).toBe(false);
    expect(keeps(eq('status', '5'), { status: 5 as never })).toBe(false);
    expect(keeps(eq('amount', 0), { amount: NaN })).toBe(false);
    expect(keeps(eq('at', new Date(5)), { at: new Date(NaN) })).toBe(false);
  });

  it('keeps a row whose value is in the list, and none for an empty list', () => {
    expect(keeps(isIn('status', ['w', 'x']))).toBe(true);
    expect(keeps(isIn('status', ['w']))).toBe(false);
    expect(keeps(isIn('status', ['w', null]), { status: null })).toBe(true);
    expect(keeps(isIn('status', []))).toBe(false);
    expect(keeps(not(isIn('status', [])))).toBe(true);
  });

  it.each<[string, Condition<Row>, boolean, boolean]>([
    ['eq a value', eq('status', 'x'), true, false],
    ['eq null', eq('status', null), false, true],
    ['not eq a value', not(eq('status', 'x')), false, true],
    ['not eq another value', not(eq('status', 'y')), true, true],
    ['not eq null', not(eq('status', null)), true, false],
    ['not in', not(isIn('status', ['x', 'y'])), false, true],
    ['not in, null listed', not(isIn('status', ['y', null])), true, false],
    ['not not', not(not(eq('status', 'x'))), true, false],
    ['either or', or(eq('status', 'x'), not(eq('status', 'x'))), true, true],
    ['both', and(eq('status', 'x'), not(eq('status', 'x'))), false, false],
  ])('answers yes or no for null: %s', (_title, condition, forX, forNull) => {
    expect(keeps(condition, { status: 'x' })).toBe(forX);
    expect(keeps(condition, { status: null })).toBe(forNull);
  });

  it('refuses a row in which the field was not loaded, rather than open it under not()', () => {
    const partial = { ownerId: 'ann' } as Row;
    expect(() => matches(not(eq<Row>('status', 'x')), ANN, partial)).toThrow(/"status"/);
    expect(() => keeps(not(eq('status', 'x')), { status: undefined })).toThrow(/"status"/);
    expect(() => keeps(not(eq('status', 'x')), { status: {} as never })).toThrow(/"status"/);
    expect(() => keeps(not(eq('amount', 1)), { amount: 1n as never })).toThrow(/"amount"/);
  });

  it.each([{ accountId: '' }, { accountId: undefined }, { accountId: 5 }, { accountId: null }])(
    'refuses a principal without an account: %p',
    (principal) => {
      expect(() => matches(eq<Row>('status', 'x'), principal as never, ROW)).toThrow(TypeError);
    },
  );

  it('refuses an empty tenant, whose rows would be those that somebody left empty', () => {
    expect(() => keeps(inTenant('tenantId'), {}, { accountId: 'ann', tenantId: '' })).toThrow(
      /tenantId/,
    );
  });
});

describe('the row of a condition', () => {
  class Entity {
    constructor(private readonly first: string) {}
    get status(): string {
      return `${this.first}!`;
    }
    amount(): number {
      return 0;
    }
  }
  class Derived extends Entity {}

  it('is read through the getters of its class and of the classes above', () => {
    expect(matches(eq<{ status: string }>('status', 'x!'), ANN, new Derived('x'))).toBe(true);
  });

  it('is not read through methods or data of a prototype', () => {
    const row = new Derived('x') as unknown as Row;
    expect(() => matches(eq<Row>('amount', 0), ANN, row)).toThrow(/"amount"/);
    const heir = Object.create({ ...ROW }) as Row;
    expect(() => matches(ownedBy<Row>('ownerId'), ANN, heir)).toThrow(/"ownerId"/);
  });

  it('may be a record without a prototype', () => {
    const row = Object.assign(Object.create(null), ROW) as Row;
    expect(matches(ownedBy<Row>('ownerId'), ANN, row)).toBe(true);
  });

  it('AZ-10: is not read through a polluted Object.prototype, data or getter', () => {
    const root = Object.prototype as { ownerId?: string };
    const row = { tenantId: 'acme' } as Row;
    // Built before: afterwards the builders refuse the name, because every object has it.
    const decide = (
      (own) => () =>
        matches(own, ANN, row)
    )(ownedBy<Row>('ownerId'));
    try {
      root.ownerId = 'ann';
      expect(decide).toThrow('The row holds no scalar in "ownerId"');
      Object.defineProperty(root, 'ownerId', { get: () => 'ann', configurable: true });
      expect(decide).toThrow('The row holds no scalar in "ownerId"');
    } finally {
      delete root.ownerId;
    }
  });

  it('AZ-10: leaves the objects of the process as they were', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"ownerId":"ann"}') as Row;
    expect(matches(ownedBy<Row>('ownerId'), ANN, hostile)).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
