import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import { isId } from '../database/identifiers';
import { keysetOf, pageOf, type Page, type PageRequest } from '../database/page';
import { AuthError, type FieldError } from '../errors/auth-error';
import { toPrintable } from '../requests/printable';
import type { NewTenant, Tenant, TenantChange } from './tenant';
import { TenantsRepository } from './tenants.repository';

/** A DNS label (RFC 1035 §2.3.1), so that a key can be a subdomain. */
const KEY = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_NAME_LENGTH = 200;

/**
 * The registry of tenants. Every change is audited in the same statement and reaches every instance
 * by the change feed.
 *
 * @publicApi
 */
@Injectable()
export class TenantsService {
  constructor(
    private readonly tenants: TenantsRepository,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Registers a tenant.
   *
   * @example
   * await tenants.create({ id: organisation.id, key: 'acme', name: 'Acme Ltd.' });
   *
   * @throws AuthError `validation_failed`, `conflict` when the id or the key is taken
   */
  async create(given: NewTenant): Promise<Tenant> {
    refuseInvalid(given);
    const tenant = await this.tenants.insert(given);
    if (tenant === undefined) {
      throw new AuthError('conflict', { detail: 'A tenant with this id or key exists.' });
    }
    return this.#told(tenant);
  }

  /**
   * Renames, disables or enables a tenant. In a disabled one nobody may do anything.
   *
   * @throws AuthError `not_found`, `validation_failed`
   */
  async update(id: string, change: TenantChange): Promise<Tenant> {
    refuseInvalid(change);
    const tenant = isId(id) ? await this.tenants.update(id, change) : undefined;
    if (tenant === undefined) throw new AuthError('not_found');
    return this.#told(tenant);
  }

  /**
   * A tenant by its id or key.
   *
   * @throws AuthError `not_found`
   */
  async get(reference: string): Promise<Tenant> {
    const tenant = isReference(reference) ? await this.tenants.find(reference) : undefined;
    if (tenant === undefined) throw new AuthError('not_found');
    return tenant;
  }

  /** The newest first. @throws AuthError `validation_failed` */
  async list(request: PageRequest = {}): Promise<Page<Tenant>> {
    const keyset = keysetOf(request);
    return pageOf(await this.tenants.page(keyset), keyset);
  }

  #told(tenant: Tenant): Tenant {
    this.feed.deliver({ kind: 'authority', tenantId: tenant.id });
    return tenant;
  }
}

/** Whether a text can name a tenant at all: an id, or a key in its one spelling. */
export function isReference(text: string): boolean {
  return isId(text) || KEY.test(text);
}

function refuseInvalid({ id, key, name }: Partial<NewTenant>): void {
  const errors: FieldError[] = [];
  if (id !== undefined && !isId(id)) errors.push({ field: 'id', message: 'must be an id' });
  if (key !== undefined && (!KEY.test(key) || isId(key))) {
    errors.push({
      field: 'key',
      message: 'must be 1 to 63 of a-z, 0-9 and -, not begin or end with -, and not be an id',
    });
  }
  if (name !== undefined && !isName(name)) {
    errors.push({
      field: 'name',
      message: `must be a printable text of 1 to ${MAX_NAME_LENGTH} characters`,
    });
  }
  if (errors.length > 0) throw new AuthError('validation_failed', { errors });
}

function isName(name: string): boolean {
  return name.trim() !== '' && name === toPrintable(name, MAX_NAME_LENGTH);
}
