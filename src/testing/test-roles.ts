import { createHash, randomBytes } from 'node:crypto';
import { AssignmentsService } from '../access/assignments.service';
import { CompiledCatalogue } from '../access/compiled-catalogue';
import { isAuthError } from '../errors/auth-error';
import type { Role } from '../roles/role';
import { RolesService } from '../roles/roles.service';
import { partOf, type Application } from './application-part';

/** As many as one role of the database may grant. */
const MAX_PERMISSIONS = 1000;
const SYSTEM = {};
const EVERYWHERE = {};

/** Whom to give roles, and where they hold. */
interface Holder {
  readonly accountId: string;
  readonly tenantId?: string;
}

/** Gives accounts exactly the permissions a test names, by roles of the database that tests share. */
export class TestRoles {
  readonly #roles: RolesService;
  readonly #assignments: AssignmentsService;
  readonly #catalogue: CompiledCatalogue;

  constructor(app: Application) {
    this.#roles = partOf(app, RolesService);
    this.#assignments = partOf(app, AssignmentsService);
    this.#catalogue = partOf(app, CompiledCatalogue);
  }

  /** @throws Error naming what no role can grant, and everything that one can */
  assertGrantable(permissions: readonly string[], caller: string): void {
    const unknown = permissions.filter((name) => !this.#catalogue.isGrantable(name));
    if (unknown.length === 0) return;
    throw new Error(
      `${caller}: no permission is named ${unknown.join(', ')}. There are: ` +
        [...this.#catalogue.grantable].sort().join(', '),
    );
  }

  /** With none it is a member of the tenant that may do nothing. */
  async grant(permissions: readonly string[], holder: Holder): Promise<void> {
    const names = [...new Set(permissions)].sort();
    const parts = [names.slice(0, MAX_PERMISSIONS)];
    for (let from = MAX_PERMISSIONS; from < names.length; from += MAX_PERMISSIONS) {
      parts.push(names.slice(from, from + MAX_PERMISSIONS));
    }
    for (const part of parts) {
      const { id: roleId } = await this.#roleOf(part);
      await this.#assignments.assign({ ...holder, roleId });
    }
  }

  /** @throws Error naming the roles there are, AuthError `separation_of_duty` */
  async assign(role: string, holder: Holder, caller: string): Promise<void> {
    try {
      await this.#assignments.assign({ ...holder, role });
    } catch (cause) {
      if (!isAuthError(cause) || cause.code !== 'not_found') throw cause;
      const { items } = await this.#roles.list({ limit: 100, origin: 'database' }, holder);
      const known = [...Object.keys(this.#catalogue.roles), ...items.map(({ name }) => name)];
      throw new Error(
        `${caller}: no role is named ${role}. There are: ${known.sort().join(', ')}`,
        { cause },
      );
    }
  }

  async #roleOf(permissions: readonly string[]): Promise<Role> {
    const digest = createHash('sha256').update(permissions.join()).digest('hex').slice(0, 24);
    const name = `testing-${digest}`;
    const known = await this.#find(name);
    if (known === undefined) return this.#create(name, permissions);
    // Under the rules of the application a test may have changed it.
    const isAsMade = known.parents.length === 0 && known.permissions.join() === permissions.join();
    return isAsMade
      ? known
      : this.#create(`${name}-${randomBytes(6).toString('hex')}`, permissions);
  }

  async #create(name: string, permissions: readonly string[]): Promise<Role> {
    try {
      return await this.#roles.create(
        { name, permissions, parents: [], description: 'Made by a test.' },
        SYSTEM,
        EVERYWHERE,
      );
    } catch (error) {
      const isTaken = isAuthError(error) && error.code === 'conflict';
      const other = isTaken ? await this.#find(name) : undefined;
      if (other === undefined) throw error;
      return other;
    }
  }

  async #find(name: string): Promise<Role | undefined> {
    const { items } = await this.#roles.list({ q: name, limit: 100 }, EVERYWHERE);
    return items.find((role) => role.name === name && role.tenantId === null);
  }
}
