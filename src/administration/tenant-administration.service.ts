import { Injectable } from '@nestjs/common';
import { keysetOf, pageOf, type PageRequest } from '../database/page';
import { AuthError } from '../errors/auth-error';
import { TenantsService } from '../tenants/tenants.service';
import type { Caller } from './caller';
import type {
  CreateTenantDto,
  TenantAnswer,
  TenantPageAnswer,
  UpdateTenantDto,
} from './tenants.dto';

/** The registry of tenants; whoever acts in one of them sees this one. */
@Injectable()
export class TenantAdministration {
  constructor(private readonly tenants: TenantsService) {}

  async list(query: PageRequest, { scope }: Caller): Promise<TenantPageAnswer> {
    const { tenantId } = scope;
    if (tenantId === undefined) return this.tenants.list(query);
    const keyset = keysetOf(query);
    const isShown = keyset.before === undefined || tenantId < keyset.before;
    return pageOf(isShown ? [await this.tenants.get(tenantId)] : [], keyset);
  }

  /** @throws AuthError `not_found` */
  async get(id: string, { scope: { tenantId = id } }: Caller): Promise<TenantAnswer> {
    if (tenantId !== id) throw new AuthError('not_found');
    return this.tenants.get(id);
  }

  /** @throws AuthError `validation_failed`, `conflict` */
  create({ id, key, name }: CreateTenantDto, { by }: Caller): Promise<TenantAnswer> {
    const { actorId, origin } = by;
    return this.tenants.create({ id, key, name, actorId, origin });
  }

  /** @throws AuthError `not_found`, `validation_failed` */
  update(id: string, { name, status }: UpdateTenantDto, { by }: Caller): Promise<TenantAnswer> {
    const { actorId, origin } = by;
    return this.tenants.update(id, { name, status, actorId, origin });
  }
}
