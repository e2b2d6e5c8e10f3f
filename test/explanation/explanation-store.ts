import { type ChangeFeed } from '../../src/change-feed/change-feed';
import { Database } from '../../src/database/database';
import { AccessService } from '../../src/explanation/access.service';
import type { AccessChange } from '../../src/explanation/explanation';
import { ExplanationRepository } from '../../src/explanation/explanation.repository';
import type { AccessCatalogue } from '../../src/route-access/access-catalogue';
import type { Permission } from '../../src/route-access/register';
import { TenantDirectory } from '../../src/tenants/tenant-directory';
import { TenantsRepository } from '../../src/tenants/tenants.repository';
import { openAccess, type AccessStore } from '../access/access-store';

/** One instance that also answers what accounts may do. */
export interface ExplanationStore extends AccessStore {
  readonly database: Database;
  readonly access: AccessService;
  readonly directory: TenantDirectory;
  /** What was written past the services is heard at once. */
  forget(): void;
  /** Makes a suggested change for an account, by the services where they offer it. */
  apply(accountId: string, change: AccessChange): Promise<void>;
}

export async function openExplanation(
  url: string,
  declared?: AccessCatalogue,
): Promise<ExplanationStore> {
  const store = await openAccess(url, declared);
  await store.catalogue.onModuleInit();
  await store.feed.onModuleInit();
  const database = new Database(store.dataSource);
  const directory = new TenantDirectory(new TenantsRepository(database), store.feed);
  const access = new AccessService(
    store.authorities,
    store.compiled,
    directory,
    store.feed,
    new ExplanationRepository(database),
  );
  const forget = () => forgetEverything(store.feed);
  return {
    ...store,
    database,
    access,
    directory,
    forget,
    apply: async (accountId, change) => {
      switch (change.change) {
        case 'enable_account':
          await store.sql(`UPDATE auth.accounts SET status = 'active' WHERE id = $1`, [accountId]);
          {
            forget();
            return;
          }
        case 'enable_tenant':
          await store.tenants.update(change.tenantId, { status: 'active' });
          return;
        case 'activate_role':
          return;
        case 'begin_assignment':
          await store.assignments.unassign({ assignmentId: change.assignmentId });
          await assign(store, accountId, change);
          return;
        case 'extend_assignment':
        case 'assign_role':
          await assign(store, accountId, change);
          return;
        case 'grant_permission':
          await store.sql(`INSERT INTO auth.role_permissions VALUES ($1, $2)`, [
            change.roleId,
            change.permission,
          ]);
          {
            forget();
            return;
          }
      }
    },
    close: async () => {
      directory.onModuleDestroy();
      await store.close();
    },
  };
}

/** The roles that a session has to activate for a suggestion, if any. */
export function activationOf(changes: readonly AccessChange[]) {
  const chosen = changes.flatMap((change) =>
    change.change === 'activate_role' ? [change.roleId] : [],
  );
  return chosen.length === 0 ? undefined : { version: 1, roleIds: chosen };
}

/** A name that is no permission of the registered catalogue, or of none. */
export function permission(name: unknown): Permission {
  return name as Permission;
}

function assign(
  { assignments }: AccessStore,
  accountId: string,
  { roleId, tenantId }: { readonly roleId: string; readonly tenantId: string | null },
) {
  return assignments.assign({ accountId, roleId, tenantId: tenantId ?? undefined });
}

function forgetEverything(feed: ChangeFeed): void {
  feed.deliver({ kind: 'authority' });
}
