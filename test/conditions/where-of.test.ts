import { Brackets, DataSource, type Repository } from 'typeorm';
import { and, eq, inTenant, isIn, not, or, ownedBy } from '../../src/conditions/builders';
import type { Condition } from '../../src/conditions/condition';
import { matches } from '../../src/conditions/matches';
import { findWhereOf, whereOf } from '../../src/conditions/where-of';
import type { DocumentEntity } from './document.entity';
import { openDocuments, type DocumentsDatabase } from './documents-database';
import { AttachmentEntity, CREATE_ATTACHMENTS, ShapeEntity } from './owned-things.entity';

const ANN = '0190a0b0-0000-7000-8000-000000000001';
const BOB = '0190a0b0-0000-7000-8000-000000000002';
const HEX = '0190a0b0-0000-7000-8000-00000000000f';
const PRINCIPAL = { accountId: ANN };
const own = ownedBy<DocumentEntity>('ownerId');
const notOwn = not(own);

/** Documents 1 (Ann's), 2 (Bob's), 3 (nobody's); attachments 11, 12 and 13, one on each. */
const OWNERS = [ANN, BOB, null];

let database: DocumentsDatabase;
let documents: Repository<DocumentEntity>;
let attachments: Repository<AttachmentEntity>;

beforeAll(async () => {
  database = await openDocuments([AttachmentEntity, ShapeEntity]);
  ({ documents } = database);
  attachments = database.dataSource.getRepository(AttachmentEntity);
  await database.dataSource.query(CREATE_ATTACHMENTS);
});

beforeEach(async () => {
  await database.fill(OWNERS.map((owner) => ({ owner_id: owner, title: 'a', order: 'draft' })));
  await database.dataSource.query('TRUNCATE attachments');
  await database.dataSource.query(
    'INSERT INTO attachments (id, document_id, owner_id) SELECT 10 + n, n, $1 FROM generate_series(1, 3) n',
    [ANN],
  );
});

afterAll(() => database.close());

function idsOf(rows: readonly { readonly id: number }[]): number[] {
  return rows.map(({ id }) => id).sort((left, right) => left - right);
}

describe('whereOf', () => {
  const query = () => documents.createQueryBuilder('d');

  it('stands beside and below other parts of a where, and leaves their parameters alone', async () => {
    const title = eq<DocumentEntity>('title', 'a');
    const found = await query()
      .where('d.id > :condition', { condition: 0, condition_0: 'x', uuid: 'y', text: 'z' })
      .andWhere(whereOf(notOwn, PRINCIPAL))
      .andWhere(whereOf(title, PRINCIPAL))
      .andWhere(
        new Brackets((inner) =>
          inner.where(whereOf(own, { accountId: BOB })).orWhere('d.id = :condition'),
        ),
      )
      .getMany();
    expect(idsOf(found)).toEqual([2]);
  });

  it('is one alternative of several, whatever it holds', async () => {
    const found = await query()
      .where('d.id = 3')
      .orWhere(whereOf(or(own, isIn<DocumentEntity>('id', [])), PRINCIPAL))
      .getMany();
    expect(idsOf(found)).toEqual([1, 3]);
  });

  it('asks a joined entity by its alias, inside of brackets as well', async () => {
    const joined = () => attachments.createQueryBuilder('a').innerJoin('a.document', 'd');
    const direct = await joined()
      .where(whereOf(notOwn, PRINCIPAL, 'd'))
      .getMany();
    const nested = await joined()
      .where(
        new Brackets((outer) =>
          outer.where(new Brackets((inner) => inner.where(whereOf(notOwn, PRINCIPAL, 'd')))),
        ),
      )
      .getMany();
    expect(idsOf(direct)).toEqual([12, 13]);
    expect(idsOf(nested)).toEqual([12, 13]);
  });

  it('updates and deletes what it selects, with columns named like types and keywords', async () => {
    const drafts = and(notOwn, eq<DocumentEntity>('text', 'draft'), not(eq('title', null)));
    const updated = await documents
      .createQueryBuilder()
      .update()
      .set({ title: 'b' })
      .where(whereOf(drafts, PRINCIPAL))
      .execute();
    expect(updated.affected).toBe(2);
    const deleted = await documents
      .createQueryBuilder()
      .delete()
      .where(whereOf(and(drafts, eq('title', 'b')), PRINCIPAL))
      .execute();
    expect(deleted.affected).toBe(2);
    expect(idsOf(await documents.find())).toEqual([1]);
  });

  it('AZ-10: hands values over as parameters, never as SQL', async () => {
    const attack = `x' OR '1'='1`;
    const [sql, parameters] = query()
      .where(whereOf(isIn<DocumentEntity>('title', [attack, 'y']), PRINCIPAL))
      .getQueryAndParameters();
    expect(sql).not.toContain(attack);
    expect(parameters).toEqual([[attack, 'y']]);
    expect(
      await query()
        .where(whereOf(eq<DocumentEntity>('title', attack), PRINCIPAL))
        .getCount(),
    ).toBe(0);
  });

  it.each<[string, Record<string, string>, Condition<DocumentEntity>, boolean]>([
    ['a collation for which a is A', { text: 'A' }, eq('label', 'a'), false],
    ['a uuid in capitals', { owner_id: HEX }, eq('ownerId', HEX.toUpperCase()), false],
    ['a decimal with other zeros', { price: '5.00' }, eq('price', '5'), false],
    ['the decimal as it is stored', { price: '5.00' }, eq('price', '5.00'), true],
    ['the shortest text of a real', { weight: '0.1' }, eq('weight', 0.1), true],
    ['a number that is the same real', { weight: '0.1' }, eq('weight', 0.1000000001), false],
    [
      'microseconds below the millisecond',
      { seen_at: '1970-01-01T00:00:00.000999Z' },
      eq('seenAt', new Date(0)),
      true,
    ],
    [
      'the next millisecond',
      { seen_at: '1970-01-01T00:00:00.001Z' },
      eq('seenAt', new Date(0)),
      false,
    ],
  ])('answers as memory does for %s', async (_title, stored, condition, expected) => {
    await database.fill([stored]);
    const [row] = await documents.find();
    expect(matches(condition, PRINCIPAL, row!)).toBe(expected);
    expect(await query().where(whereOf(condition, PRINCIPAL)).getCount()).toBe(expected ? 1 : 0);
  });

  it('lets an index of the column be used', async () => {
    const conditions = [
      own,
      eq<DocumentEntity>('seenAt', new Date(0)),
      isIn<DocumentEntity>('rank', [1, 2]),
    ];
    await database.dataSource.transaction(async (manager) => {
      for (const column of ['owner_id', 'seen_at', 'rank']) {
        await manager.query(`CREATE INDEX ON "condition documents" (${column})`);
      }
      await manager.query('SET LOCAL enable_seqscan = off');
      for (const condition of conditions) {
        const [sql, values] = query().where(whereOf(condition, PRINCIPAL)).getQueryAndParameters();
        const plan = await manager.query<unknown>(`EXPLAIN ${sql}`, values);
        expect(JSON.stringify(plan)).toContain('Index Cond');
      }
    });
  });

  it('refuses an alias or a query without an entity', () => {
    const build = (alias?: string): string =>
      query()
        .where(whereOf(own, PRINCIPAL, alias))
        .getSql();
    expect(() => build('nobody')).toThrow(/"nobody"/);
    const raw = database.dataSource.createQueryBuilder().select('1').from('pg_class', 'raw');
    expect(() => raw.where(whereOf(own, PRINCIPAL))).toThrow(/needs an entity/);
  });
});

describe('findWhereOf', () => {
  it('keeps the condition beside everything else that is wanted', async () => {
    const find = async (where: Parameters<typeof findWhereOf<DocumentEntity>>[3]) =>
      idsOf(await documents.find({ where: findWhereOf(notOwn, PRINCIPAL, documents, where) }));
    expect(await find({})).toEqual([2, 3]);
    expect(await find({ id: 1 })).toEqual([]);
    expect(await find({ id: 3 })).toEqual([3]);
    expect(await find([{ id: 1 }, { id: 2 }, { ownerId: ANN, title: 'a' }])).toEqual([2]);
  });

  it('cannot be overwritten by spreading it', async () => {
    const spread = { ...findWhereOf(notOwn, PRINCIPAL, documents), id: 1 };
    await expect(documents.find({ where: spread as never })).rejects.toThrow(/"0"/);
  });

  it('works for a relation, and twice in one where', async () => {
    const found = await attachments.find({
      where: findWhereOf(ownedBy('ownerId'), PRINCIPAL, attachments, {
        document: findWhereOf(notOwn, PRINCIPAL, documents),
      }),
    });
    expect(idsOf(found)).toEqual([12, 13]);
  });

  it('updates and deletes what it finds', async () => {
    const where = findWhereOf(notOwn, PRINCIPAL, documents, { title: 'a' });
    expect((await documents.update(where, { title: 'b' })).affected).toBe(2);
    const changed = findWhereOf(notOwn, PRINCIPAL, documents, { title: 'b' });
    expect((await documents.delete(changed)).affected).toBe(2);
    expect(idsOf(await documents.find())).toEqual([1]);
  });

  it('refuses alternatives of none, which TypeORM reads as every row', async () => {
    expect(await documents.count({ where: [] })).toBe(3);
    expect(() => findWhereOf(own, PRINCIPAL, documents, [])).toThrow(/none/);
  });

  it('refuses a where that names every column, so that none could carry the condition', () => {
    const { columns } = documents.metadata;
    const every = Object.fromEntries(columns.map(({ propertyName }) => [propertyName, null]));
    expect(() => findWhereOf(own, PRINCIPAL, documents, every)).toThrow(/use whereOf/);
  });
});

describe('compiling a condition', () => {
  const compile = (condition: Condition<AttachmentEntity>) => () =>
    findWhereOf(condition, PRINCIPAL, attachments);
  const unknown = eq as unknown as (field: string, value: unknown) => Condition<AttachmentEntity>;

  it.each<[string, Condition<AttachmentEntity>, RegExp]>([
    ['what is no column', unknown('missing', 'x'), /AttachmentEntity has no column for "missing"/],
    ['the database name of a column', unknown('owner_id', ANN), /no column for "owner_id"/],
    ['a relation', unknown('document', 1), /no column for "document"/],
    ['a column without a property', unknown('document_id', 1), /no column for "document_id"/],
    ['a virtual column', eq('virtual', 1), /no column for "virtual"/],
    ['json', eq('json', null), /AttachmentEntity\.json .* type jsonb/],
    ['an array', eq('tags', null), /AttachmentEntity\.tags .* type text\[\]/],
    ['a date', eq('day', '2026-01-01'), /AttachmentEntity\.day .* only compare with null/],
    ['padded text', eq('code', 'ab'), /AttachmentEntity\.code .* only compare with null/],
    ['a transformer that hides NULL', eq('size', 1), /\.size .* NULL as something else/],
    ['a transformer that is not one-to-one', eq('email', 'A'), /\.email .* does not read back/],
    ['text made of a decimal', eq('decimal', '5'), /\.decimal .* makes string of string/],
    ['a transformer to another type', eq('digits', 1), /\.digits .* makes string of number/],
  ])('refuses %s, and names it', (_title, condition, message) => {
    expect(compile(condition)).toThrow(message);
    expect(compile(not(condition))).toThrow(message);
  });

  it('refuses the column that TypeORM keeps for the kinds of an entity', () => {
    const shapes = database.dataSource.getRepository(ShapeEntity);
    expect(shapes.metadata.findColumnWithPropertyPathStrict('kind')).toBeDefined();
    const ofKind = unknown('kind', 'x') as Condition<object>;
    expect(() => findWhereOf(ofKind, PRINCIPAL, shapes)).toThrow(/no column for "kind"/);
  });

  it('accepts null for columns whose values it cannot compare', () => {
    expect(compile(or(eq('day', null), not(eq('code', null))))).not.toThrow();
  });

  it('reads bigint as the DataSource does', () => {
    const numbers = new DataSource({
      ...database.dataSource.options,
      parseInt8: true,
    } as ConstructorParameters<typeof DataSource>[0]);
    const sqlFor = (value: unknown, metadata = documents.metadata): string =>
      documents
        .createQueryBuilder('d')
        .where(
          findWhereOf(unknown('serial', value) as never, PRINCIPAL, {
            metadata: Object.assign(Object.create(metadata), { dataSource: numbers }),
          })[0]!,
        )
        .getSql();
    expect(sqlFor(5)).toContain('"serial" = $1');
    expect(sqlFor('5')).toContain('FALSE');
  });

  it('refuses databases other than PostgreSQL', () => {
    const options = { type: 'sqlite' };
    const metadata = { dataSource: { driver: {}, options }, name: 'X', columns: [] };
    expect(() => findWhereOf(own, PRINCIPAL, { metadata: metadata as never })).toThrow(/sqlite/);
  });

  it('asks for the tenant of the principal, or for rows of none', () => {
    const sql = (principal: Parameters<typeof whereOf>[1]) =>
      documents
        .createQueryBuilder('d')
        .where(whereOf(inTenant<DocumentEntity>('tenantId'), principal))
        .getQueryAndParameters();
    expect(sql(PRINCIPAL)[0]).toContain('"d"."tenant_id" IS NULL');
    expect(sql({ accountId: ANN, tenantId: BOB })[1]).toEqual([BOB]);
  });
});
