import * as fc from 'fast-check';
import { NotBrackets } from 'typeorm';
import { and, eq, inTenant, isIn, not, or, ownedBy } from '../../src/conditions/builders';
import type { Condition } from '../../src/conditions/condition';
import { matches } from '../../src/conditions/matches';
import type { ConditionPrincipal } from '../../src/conditions/resolve-condition';
import { findWhereOf, whereOf } from '../../src/conditions/where-of';
import type { DocumentEntity, DocumentRow } from './document.entity';
import { openDocuments, type DocumentsDatabase } from './documents-database';

type Documents = Condition<DocumentEntity>;

/** The builders without their types: a property may also ask what the compiler would refuse. */
const eqOf = eq as unknown as (field: string, value: unknown) => Documents;
const isInOf = isIn as unknown as (field: string, values: readonly unknown[]) => Documents;

const IDS = [
  '0190a0b0-0000-7000-8000-000000000001',
  '0190a0b0-0000-7000-8000-00000000000a',
  '0190a0b0-0000-7000-8000-00000000000b',
];
const TEXTS = [
  ...['', ' ', 'a', 'A', 'a ', 'á', 'a\u0301', 'ß', 'ss', '日本', '😀', '\u{10ffff}', '\ufffd'],
  ...["o'brien", '"', '\\', '%', '{a,b}', '{}', 'NULL', 'null', ':id', '$1', '?', '--', '\n', '1'],
];
const INSTANTS = ['1969-12-31T23:59:59.999', '2026-11-01T08:30:00.123', '9999-12-31T23:59:59.999'];

/** By property: its database name, what its rows hold as text, and what conditions ask for. */
const COLUMNS: Record<string, { name?: string; stored: string[]; asked: unknown[] }> = {
  tenantId: { name: 'tenant_id', stored: IDS, asked: [...IDS, IDS[1]!.toUpperCase(), 'x', ''] },
  ownerId: { name: 'owner_id', stored: IDS, asked: [...IDS, `{${IDS[0]!}}`, 0] },
  title: { stored: TEXTS, asked: [...TEXTS, 1, true] },
  text: { name: 'order', stored: TEXTS, asked: TEXTS },
  label: { name: 'text', stored: TEXTS, asked: TEXTS },
  published: { stored: ['true', 'false'], asked: [true, false, 'true', 1] },
  checked: { stored: ['Y', 'N'], asked: [true, false] },
  level: { stored: ['-32768', '0', '7'], asked: [-32768, 0, -0, 7, 7.5, 40_000, '7'] },
  rank: { stored: ['-1', '0', '2147483647'], asked: [-1, 0, 2 ** 31 - 1, 2 ** 31, 0.5] },
  serial: {
    stored: ['0', '-9223372036854775808', '9007199254740993', '5'],
    asked: ['0', '-0', '05', '-9223372036854775808', '9223372036854775808', '5', 5, 'x', ''],
  },
  size: {
    stored: ['0', '5', '9007199254740991', '9007199254740992'],
    asked: [0, -0, 5, 5.5, 2 ** 53 - 1],
  },
  price: { stored: ['5', '5.00', '0.1', '-0.10', 'NaN'], asked: ['5', '5.00', '5.0', '-0.10', 5] },
  cost: { stored: ['5', '5.5', '0.1', '1234567890.12'], asked: [5, 5.5, 0.1, 1234567890.12, 0.3] },
  ratio: { stored: ['0.1', '-0', '1e300', 'NaN', 'Infinity'], asked: [0.1, 0, -0, 0.2, '0.1'] },
  weight: { stored: ['0.1', '1e-7', '16777217', '-0'], asked: [0.1, 1e-7, 16777217, 16777216, 0] },
  status: { stored: ['draft', 'approved'], asked: ['draft', 'approved', 'void', ''] },
  step: { stored: ['1', '2'], asked: [1, 2, 3, '1'] },
  seenAt: {
    name: 'seen_at',
    stored: INSTANTS.flatMap((at) => [`${at}Z`, `${at}001Z`, `${at}999Z`]),
    asked: [...INSTANTS.map((at) => new Date(`${at}Z`)), new Date(0), INSTANTS[0]],
  },
  deletedAt: { name: 'deleted_at', stored: ['2026-01-01 00:00:00'], asked: [] },
};

const row: fc.Arbitrary<DocumentRow> = fc.record(
  Object.fromEntries(
    Object.entries(COLUMNS).map(([property, { name, stored }]) => [
      name ?? property,
      fc.option(
        stored === TEXTS
          ? fc.oneof(
              fc.constantFrom(...TEXTS),
              fc.string({ unit: 'binary', maxLength: 8 }).filter(storable),
            )
          : fc.constantFrom(...stored),
        { freq: 3 },
      ),
    ]),
  ),
);

function storable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}

const leaf: fc.Arbitrary<Documents> = fc.oneof(
  fc.constantFrom(
    ownedBy<DocumentEntity>('ownerId'),
    ownedBy<DocumentEntity>('title'),
    inTenant<DocumentEntity>('tenantId'),
    inTenant<DocumentEntity>('text'),
  ),
  ...Object.entries(COLUMNS).flatMap(([property, { asked }]) => {
    const value = fc.constantFrom(...asked, null);
    return [
      value.map((one) => eqOf(property, one)),
      fc.array(value, { maxLength: 4 }).map((many) => isInOf(property, many)),
    ];
  }),
);

const { condition } = fc.letrec<{ condition: Documents }>((tie) => {
  const several = fc.array(tie('condition'), { minLength: 1, maxLength: 3 });
  return {
    condition: fc.oneof(
      { maxDepth: 4, depthSize: 'large' },
      leaf,
      several.map(([first, ...more]) => and(first!, ...more)),
      several.map(([first, ...more]) => or(first!, ...more)),
      tie('condition').map((inner) => not(inner)),
    ),
  };
});

const principal: fc.Arbitrary<ConditionPrincipal> = fc.record(
  {
    accountId: fc.constantFrom(...IDS, "o'brien", 'a', IDS[1]!.toUpperCase()),
    tenantId: fc.constantFrom(...IDS, 'a'),
  },
  { requiredKeys: ['accountId'] },
);

describe('a condition', () => {
  let database: DocumentsDatabase;

  beforeAll(async () => {
    database = await openDocuments();
  });

  afterAll(() => database.close());

  it('keeps the same rows in memory, in a query builder, under NOT and in find', async () => {
    const ROWS = 60;
    const asked = { conditions: 0, partial: 0 };

    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: ROWS, maxLength: ROWS }),
        fc.array(fc.tuple(condition, principal), { minLength: 50, maxLength: 50 }),
        async (rows, questions) => {
          await database.fill(rows);
          const loaded = await database.documents.find({ order: { id: 'ASC' } });
          expect(loaded).toHaveLength(ROWS);

          for (const [kept, who] of questions) {
            const expected = loaded.filter((one) => matches(kept, who, one)).map(({ id }) => id);
            const rest = loaded.map(({ id }) => id).filter((id) => !expected.includes(id));
            expect({ kept, who, ...(await selected(kept, who)) }).toEqual({
              kept,
              who,
              built: expected,
              negated: rest,
              found: expected,
            });
            asked.conditions += 1;
            if (expected.length > 0 && rest.length > 0) asked.partial += 1;
          }
        },
      ),
      // Shrinking 60 rows and 50 conditions takes minutes, and the failed comparison names its own.
      { numRuns: 4, endOnFailure: true },
    );

    // Conditions that keep everything or nothing would agree about nothing.
    expect(asked.partial).toBeGreaterThan(asked.conditions / 3);
  });

  async function selected(
    kept: Documents,
    who: ConditionPrincipal,
  ): Promise<Record<'built' | 'negated' | 'found', number[]>> {
    const ids = async (where: Parameters<typeof builder.where>[0]): Promise<number[]> => {
      const raw = await builder.clone().where(where).getRawMany<{ id: number }>();
      return raw.map(({ id }) => id);
    };
    const builder = database.documents
      .createQueryBuilder('document')
      .select('document.id', 'id')
      .orderBy('document.id');
    const found = await database.documents.find({
      select: { id: true },
      where: findWhereOf(kept, who, database.documents),
      order: { id: 'ASC' },
    });
    return {
      built: await ids(whereOf(kept, who)),
      negated: await ids(new NotBrackets((inner) => inner.where(whereOf(kept, who)))),
      found: found.map(({ id }) => id),
    };
  }
});
