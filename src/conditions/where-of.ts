import { randomUUID } from 'node:crypto';
import {
  Brackets,
  QueryBuilder,
  Raw,
  type EntityMetadata,
  type FindOptionsWhere,
  type ObjectLiteral,
  type Repository,
} from 'typeorm';
import { compileCondition, type CompiledCondition } from './compile-condition';
import type { Condition } from './condition';
import { queryColumn } from './query-column';
import {
  resolveCondition,
  type ConditionPrincipal,
  type ResolvedCondition,
} from './resolve-condition';

/**
 * A condition as a `where` of a query builder: select, update or delete. It selects exactly the rows
 * for which `matches` answers `true`, and may stand beside, or under, any other part of the `where`.
 *
 * Columns: `text`, `varchar`, `uuid`, `boolean`, `smallint`, `integer`, `bigint`, `numeric`, `real`,
 * `double precision`, `timestamptz`, and enums. A row holds `bigint` and `numeric` as text unless a
 * transformer makes numbers of them. `timestamp`, `date`, `time`, `interval`, `char` and `bytea`
 * compare only with `null`. A transformer must be one-to-one and read NULL as `null`.
 *
 * @param alias of the entity in the query, where it is not the main one
 *
 * @example
 * interface Invoice { readonly id: string; readonly tenantId: string | null; readonly createdBy: string }
 * const readable: Condition<Invoice> = and(inTenant('tenantId'), ownedBy('createdBy'));
 * const page = (principal: Principal, invoices: Repository<Invoice>): Promise<Invoice[]> =>
 *   invoices.createQueryBuilder('invoice').where(whereOf(readable, principal)).take(50).getMany();
 *
 * @throws TypeError for what no builder made and for a principal without an account; when the query is
 *   built, naming entity and property, for what is no column of it or a column of another type
 *
 * @publicApi
 */
export function whereOf<Row>(
  condition: Condition<Row>,
  principal: ConditionPrincipal,
  alias?: string,
): Brackets {
  const resolved = resolveCondition(condition, principal);
  return new Brackets((builder) => {
    if (!(builder instanceof QueryBuilder)) throw new TypeError('Not a query builder of TypeORM.');
    const { expressionMap } = builder;
    const found = alias === undefined ? expressionMap.mainAlias : aliasIn(builder, alias);
    if (found?.hasMetadata !== true) {
      throw new TypeError(`A condition needs an entity: "${alias ?? ''}" is none in this query.`);
    }
    const named = expressionMap.aliasNamePrefixingEnabled ? found.name : undefined;
    const { sql, parameters } = compileFor(resolved, found.metadata, named);
    builder.where(sql, parameters);
  });
}

/**
 * A condition as the `where` of `find`, `findOne`, `count`, `update` or `delete` of a repository, or of
 * a relation in it, together with what else is wanted of the rows.
 *
 * The rest is an argument, and the answer a list, so that no `{ ...where, id }` can overwrite the
 * condition.
 *
 * @param where what else the rows must be; several alternatives each get the condition
 *
 * @example
 * interface Invoice { readonly id: string; readonly createdBy: string }
 * const own = ownedBy<Invoice>('createdBy');
 * const find = (principal: Principal, invoices: Repository<Invoice>, id: string): Promise<Invoice | null> =>
 *   invoices.findOne({ where: findWhereOf(own, principal, invoices, { id }) });
 *
 * @throws TypeError as `whereOf` does, at once; for an empty list of alternatives, which TypeORM would
 *   read as every row; and when the rest names every column, so that none is left to carry the condition
 *
 * @publicApi
 */
export function findWhereOf<Row extends ObjectLiteral>(
  condition: Condition<Row>,
  principal: ConditionPrincipal,
  repository: Pick<Repository<Row>, 'metadata'>,
  where: FindOptionsWhere<Row> | readonly FindOptionsWhere<Row>[] = {},
): FindOptionsWhere<Row>[] {
  const resolved = resolveCondition(condition, principal);
  const { metadata } = repository;
  const alternatives = isList(where) ? where : [where];
  if (alternatives.length === 0) throw new TypeError('Alternatives of none select no row.');

  const { parameters } = compileFor(resolved, metadata, undefined);
  const names = Object.keys(parameters);
  return alternatives.map((rest) => {
    const carrier = carrierBeside(rest, metadata);
    const generate = (path: string): string => {
      const alias = path.slice(0, -carrier.length - 1);
      return compileFor(resolved, metadata, alias === '' ? undefined : alias, names).sql;
    };
    return { ...rest, [carrier]: Raw(generate, parameters) };
  });
}

function isList<One>(value: One | readonly One[]): value is readonly One[] {
  return Array.isArray(value);
}

/** Any column will do: it only leads TypeORM to the alias of the entity. */
function carrierBeside(where: object, metadata: EntityMetadata): string {
  const column = metadata.columns.find(
    ({ propertyName, propertyPath, isVirtual, isVirtualProperty, relationMetadata, transformer }) =>
      propertyName === propertyPath &&
      !isVirtual &&
      !isVirtualProperty &&
      relationMetadata === undefined &&
      transformer === undefined &&
      !(propertyName in where),
  );
  if (column === undefined) {
    throw new TypeError(`The where names every column of ${metadata.name}: use whereOf instead.`);
  }
  return column.propertyName;
}

function compileFor(
  condition: ResolvedCondition,
  metadata: EntityMetadata,
  alias: string | undefined,
  names: readonly string[] = [],
): CompiledCondition {
  const { driver } = metadata.dataSource;
  const { options } = metadata.dataSource;
  if (options.type !== 'postgres') {
    throw new TypeError(`Conditions compile for PostgreSQL, not for ${options.type}.`);
  }
  const prefix = alias === undefined ? '' : `${driver.escape(alias)}.`;
  // Unique, so that neither the caller's parameters nor a second condition are overwritten.
  const own = `condition_${randomUUID().replaceAll('-', '')}`;
  return compileCondition(
    condition,
    (field) => {
      const column = metadata.findColumnWithPropertyPathStrict(field);
      if (column === undefined || column.isVirtual || column.isVirtualProperty) {
        throw new TypeError(
          `${metadata.name} has no column for "${field}", which a condition names.`,
        );
      }
      return queryColumn({
        name: `${metadata.name}.${field}`,
        sql: prefix + driver.escape(column.databaseName),
        type: driver.normalizeType(column),
        isArray: column.isArray,
        isNullable: column.isNullable,
        collation: column.collation,
        enum: column.enum,
        transformer: column.transformer,
        bigintAsNumber: options.parseInt8 === true,
      });
    },
    (index) => names[index] ?? `${own}_${index}`,
  );
}

/** Inside of brackets, the aliases are those of the builders around. */
function aliasIn(
  builder: QueryBuilder<ObjectLiteral>,
  name: string,
): QueryBuilder<ObjectLiteral>['expressionMap']['aliases'][number] | undefined {
  let around: QueryBuilder<ObjectLiteral> | undefined = builder;
  while (around !== undefined) {
    const found = around.expressionMap.aliases.find((alias) => alias.name === name);
    if (found !== undefined) return found;
    // Protected, and undefined at the outermost builder whatever its type says.
    around = around['parentQueryBuilder'] as QueryBuilder<ObjectLiteral> | undefined;
  }
  return undefined;
}
