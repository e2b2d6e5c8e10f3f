import { Inject, Injectable } from '@nestjs/common';
import { AccessMap } from '../access-map/access-map';
import { AccessService } from '../explanation/access.service';
import { StructuralAuthOptions } from '../options/structural-options';
import type { Permission } from '../route-access/register';
import type {
  ExplainAccessDto,
  ExplanationAnswer,
  PermissionListAnswer,
  PermittedAccountPageAnswer,
  RouteListAnswer,
  WhoCanDto,
} from './access.dto';
import type { Caller } from './caller';
import { wholeList } from './whole-list';

/** Who may do what, and why. */
@Injectable()
export class AccessAdministration {
  constructor(
    private readonly access: AccessService,
    private readonly map: AccessMap,
    @Inject(StructuralAuthOptions) private readonly options: StructuralAuthOptions,
  ) {}

  /** @throws AuthError `not_found` */
  explain(
    { accountId, permission, tenantId }: ExplainAccessDto,
    { scope }: Caller,
  ): Promise<ExplanationAnswer> {
    return this.access.explain(accountId, permission as Permission, { tenantId, within: scope });
  }

  /** @throws AuthError `validation_failed`, `not_found` */
  whoCan(
    { permission, ...query }: WhoCanDto,
    { scope }: Caller,
  ): Promise<PermittedAccountPageAnswer> {
    return this.access.whoCan(permission as Permission, { ...query, within: scope });
  }

  /** Every way into the application. */
  routes(): RouteListAnswer {
    return wholeList(this.map.entries());
  }

  /** What roles can grant, wildcards aside. */
  permissions(): PermissionListAnswer {
    const names: readonly string[] = this.options.access.permissions;
    return wholeList(
      names.map((name) => {
        const [resource = '', action = ''] = name.split(':');
        return { name, resource, action };
      }),
    );
  }
}
