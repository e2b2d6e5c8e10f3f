import { DataSource, type Logger } from 'typeorm';
import { AdministratorsRepository } from '../../src/access/administrators.repository';
import { AssignmentsRepository } from '../../src/access/assignments.repository';
import { AssignmentsService } from '../../src/access/assignments.service';
import { AuthorityRepository, type StoredAuthority } from '../../src/access/authority.repository';
import { AuthorityService } from '../../src/access/authority.service';
import { CatalogueRepository } from '../../src/access/catalogue.repository';
import { CatalogueService } from '../../src/access/catalogue.service';
import { CompiledCatalogue } from '../../src/access/compiled-catalogue';
import { DelegationService } from '../../src/access/delegation.service';
import { RoleModel } from '../../src/access/role-model';
import { RoleModelRepository } from '../../src/access/role-model.repository';
import { SeparationService } from '../../src/access/separation.service';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { Database } from '../../src/database/database';
import { newId } from '../../src/database/identifiers';
import { UnitOfWork } from '../../src/database/unit-of-work';
import { authEntities } from '../../src/entities';
import type { AccessCatalogue } from '../../src/route-access/access-catalogue';
import { defineAccess } from '../../src/route-access/define-access';
import { RoleRules } from '../../src/roles/role-rules';
import { RolesRepository } from '../../src/roles/roles.repository';
import { RolesService } from '../../src/roles/roles.service';
import { TenantsRepository } from '../../src/tenants/tenants.repository';
import { TenantsService } from '../../src/tenants/tenants.service';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

export const access = defineAccess({
  permissions: { invoices: ['read', 'create', 'approve'], reports: ['read'] },
  roles: {
    viewer: { grants: ['invoices:read'], description: 'Reads.' },
    clerk: { inherits: ['viewer'], grants: ['invoices:create'] },
    seniorClerk: { inherits: ['clerk'] },
    approver: { inherits: ['viewer'], grants: ['invoices:approve', 'reports:*'] },
  },
  separate: [['clerk', 'approver']],
});

/** A repository whose answers a test can hold back after they were read. */
export class HeldAuthorityRepository extends AuthorityRepository {
  #held?: Promise<void>;
  #reads = 0;
  #waiting: (() => void)[] = [];

  get reads(): number {
    return this.#reads;
  }

  /** The next answer waits for the returned function. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.#held = new Promise((resolve) => (release = resolve));
    return release;
  }

  /** Resolves when the database has answered the next read and the answer is held back. */
  nextRead(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  override async find(
    ...account: Parameters<AuthorityRepository['find']>
  ): Promise<StoredAuthority | undefined> {
    const held = this.#held;
    this.#held = undefined;
    const row = await super.find(...account);
    this.#reads += 1;
    for (const resolve of this.#waiting.splice(0)) resolve();
    await held;
    return row;
  }
}

/** One instance of the application, as far as access reaches. */
export interface AccessStore {
  readonly dataSource: DataSource;
  readonly clock: FakeClock;
  readonly feed: ChangeFeed;
  readonly unitOfWork: UnitOfWork;
  readonly authorities: AuthorityService;
  readonly repository: HeldAuthorityRepository;
  readonly assignments: AssignmentsService;
  readonly catalogue: CatalogueService;
  readonly compiled: CompiledCatalogue;
  readonly roleModel: RoleModel;
  readonly roles: RolesService;
  readonly tenants: TenantsService;
  /** The statements since the last call, BEGIN and COMMIT among them. */
  statements(): readonly string[];
  /** An account that can sign in, by its columns. Its id. */
  createAccount(): Promise<string>;
  /** Its id. */
  createTenant(): Promise<string>;
  /** A role of the database, written past every rule. Its id. */
  createRole(role: {
    readonly name: string;
    readonly tenantId?: string;
    readonly permissions?: readonly string[];
    readonly parents?: readonly string[];
  }): Promise<string>;
  roleId(name: string): Promise<string>;
  sql<Row = Record<string, unknown>>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openAccess(
  url: string,
  declared: AccessCatalogue = access,
): Promise<AccessStore> {
  const statements: string[] = [];
  const dataSource = await new DataSource({
    type: 'postgres',
    url,
    entities: authEntities(),
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    logger: recorderOf(statements),
    poolSize: 8,
  }).initialize();
  const database = new Database(dataSource);
  const unitOfWork = new UnitOfWork(database);
  const clock = new FakeClock();
  const feed = new ChangeFeed(database, clock, testOptions());
  const compiled = new CompiledCatalogue(declared);
  const repository = new HeldAuthorityRepository(database);
  const authorities = new AuthorityService(repository, compiled, clock, feed);
  const model = new RoleModelRepository(database);
  const roleModel = new RoleModel(
    model,
    new SeparationService(compiled, model),
    new DelegationService(compiled, repository, model),
  );
  const catalogue = new CatalogueService(
    unitOfWork,
    new CatalogueRepository(database),
    compiled,
    roleModel,
  );
  const tenants = new TenantsService(new TenantsRepository(database), feed);
  return {
    dataSource,
    clock,
    feed,
    roles: new RolesService(
      new RolesRepository(database),
      new RoleRules(roleModel, compiled),
      roleModel,
      compiled,
      unitOfWork,
      feed,
    ),
    unitOfWork,
    authorities,
    repository,
    catalogue,
    compiled,
    roleModel,
    tenants,
    assignments: new AssignmentsService(
      new AssignmentsRepository(database),
      unitOfWork,
      compiled,
      feed,
      new AdministratorsRepository(database),
      roleModel,
    ),
    statements: () => statements.splice(0),
    createAccount: async () => {
      const id = newId();
      await dataSource.query(
        `INSERT INTO auth.accounts (id, email, email_key, email_verified_at, password_hash)
          VALUES ($1::uuid, $2, $2, clock_timestamp(), 'not verified here')`,
        [id, `${id}@example.org`],
      );
      return id;
    },
    createTenant: async () => {
      const id = newId();
      await tenants.create({ id, key: `t-${id}`, name: 'A tenant' });
      return id;
    },
    createRole: async ({ name, tenantId = null, permissions = [], parents = [] }) => {
      const id = newId();
      await dataSource.query(
        `INSERT INTO auth.roles (id, tenant_id, name, origin) VALUES ($1, $2, $3, 'database')`,
        [id, tenantId, name],
      );
      await dataSource.query(
        `INSERT INTO auth.role_permissions SELECT $1::uuid, unnest($2::text[])`,
        [id, permissions],
      );
      await dataSource.query(`INSERT INTO auth.role_parents SELECT $1::uuid, unnest($2::uuid[])`, [
        id,
        parents,
      ]);
      return id;
    },
    roleId: async (name) => {
      const rows: { id: string }[] = await dataSource.query(
        `SELECT id FROM auth.roles WHERE name = $1`,
        [name],
      );
      if (rows[0] === undefined) throw new Error(`No role ${name}`);
      return rows[0].id;
    },
    sql: (sql, parameters) => dataSource.query(sql, parameters),
    close: async () => {
      authorities.onModuleDestroy();
      await feed.onModuleDestroy();
      await dataSource.destroy();
    },
  };
}

function recorderOf(statements: string[]): Logger {
  const ignore = () => undefined;
  return {
    logQuery: (query) => void statements.push(query),
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
}
