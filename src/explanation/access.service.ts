import { Injectable, Logger } from '@nestjs/common';
import type { Authority } from '../access/authority';
import { AuthorityService } from '../access/authority.service';
import { CompiledCatalogue } from '../access/compiled-catalogue';
import { ChangeFeed } from '../change-feed/change-feed';
import { matches } from '../conditions/matches';
import { isId, newId } from '../database/identifiers';
import { keysetOf, pageOf, type Page } from '../database/page';
import type { TenantScope } from '../database/tenant-scope';
import { AuthError } from '../errors/auth-error';
import type { Permission } from '../route-access/register';
import { TenantDirectory } from '../tenants/tenant-directory';
import { isReference } from '../tenants/tenants.service';
import { Considered } from './considered';
import type {
  CheckOptions,
  Decision,
  DecisionCode,
  ExplainOptions,
  Explanation,
  PermittedAccount,
  WhoCanQuery,
} from './explanation';
import { ExplanationRepository, type ApartMember } from './explanation.repository';
import { GrantPaths } from './grant-paths';
import { wouldAllow } from './would-allow';

type DenialCode = Exclude<DecisionCode, 'allowed'>;

/** Where something is asked about, and what of it may be seen; undefined where it is everything. */
interface Place {
  readonly tenant?: string;
  readonly within?: string;
}

interface PlaceQuery {
  readonly tenantId?: string;
  readonly within?: TenantScope;
}

/**
 * Answers what an account may do, why, and who may do something: without a request, for jobs, for
 * answers that depend on permissions, and for administrators.
 *
 * The permissions are those of the registered catalogue, or those that the type argument names.
 *
 * @publicApi
 */
@Injectable()
export class AccessService<Name extends string = Permission> {
  readonly #logger = new Logger('AccessService');
  /** An authority is replaced whenever its account changes, and what is remembered goes with it. */
  readonly #disabled = new WeakMap<Authority, boolean>();

  constructor(
    private readonly authorities: AuthorityService,
    private readonly catalogue: CompiledCatalogue,
    private readonly directory: TenantDirectory,
    private readonly feed: ChangeFeed,
    private readonly stored: ExplanationRepository,
  ) {}

  /**
   * Whether an account may do something. It answers from memory, as the guards do. What is malformed
   * or unknown is denied.
   *
   * @example
   * const { allowed } = await access.check(accountId, 'invoices:approve', { tenantId: 'acme' });
   *
   * @throws AuthError `authority_stale`, `database_unavailable`
   * @throws TypeError where the condition of the resource does not fit its row
   */
  async check<Row extends object = object>(
    subjectId: string,
    permission: Name,
    { tenantId, resource, activation }: CheckOptions<Row> = {},
  ): Promise<Decision> {
    this.feed.assertFresh();
    const asked = { accountId: subjectId, tenantId, permission };
    if (!this.#isPermission(permission)) return this.#denied('permission_unknown', asked);
    const place =
      tenantId === undefined || !isTenantReference(tenantId)
        ? undefined
        : await this.directory.find(tenantId);
    if (tenantId !== undefined && place === undefined) return this.#denied('tenant_unknown', asked);
    const authority = await this.authorities.of(subjectId, place?.id, activation);
    if (!authority.has(permission)) {
      return this.#denied(await this.#whyNot(subjectId, authority), asked);
    }
    const principal = { accountId: subjectId, tenantId: place?.id };
    if (resource !== undefined && !matches(resource.condition, principal, resource.row)) {
      return this.#denied('condition_unmet', asked);
    }
    return { allowed: true, code: 'allowed', decisionId: newId() };
  }

  /**
   * The same decision with everything that was considered for it, as the database says at this moment,
   * and with what would turn a denial into a permission.
   *
   * @throws AuthError `not_found` for an account or a tenant beyond `within`; `database_unavailable`
   */
  async explain(
    subjectId: string,
    permission: Name,
    options: ExplainOptions = {},
  ): Promise<Explanation> {
    const { tenant, within } = placeOf(options);
    if (within !== undefined && !isId(subjectId)) throw new AuthError('not_found');
    if (!this.#isPermission(permission)) return unexplained('permission_unknown');
    if (tenant !== undefined && !isTenantReference(tenant)) return unexplained('tenant_unknown');
    if (!isId(subjectId)) return unexplained('account_unknown');
    const facts = await this.stored.facts({ accountId: subjectId, tenant, within });
    if (within !== undefined && (facts.status === null || facts.tenant === null)) {
      throw new AuthError('not_found');
    }
    const considered = new Considered(facts, { permission, tenant }, this.catalogue);
    const { code } = considered;
    const isTenantUnknown = code === 'tenant_unknown' && facts.tenant === null;
    return {
      allowed: code === 'allowed',
      code,
      decisionId: newId(),
      version: facts.version ?? 0,
      paths: isTenantUnknown ? [] : considered.grantPaths(),
      wouldAllow: wouldAllow(considered, within),
    };
  }

  /**
   * Who may do something at this moment, in a tenant or everywhere: the newest account first, active
   * ones only.
   *
   * @throws AuthError `validation_failed` for a permission that is not declared, a limit or a cursor;
   * `not_found` for a tenant beyond `within`; `database_unavailable`
   */
  async whoCan(permission: Name, query: WhoCanQuery = {}): Promise<Page<PermittedAccount>> {
    const keyset = keysetOf(query);
    if (!this.#isPermission(permission)) throw unknownPermission();
    const { tenant, within } = placeOf(query);
    if (tenant !== undefined && !isTenantReference(tenant)) return { items: [], nextCursor: null };
    const { giving: grants, codeRoles } = new GrantPaths(this.catalogue, permission);
    const apart = this.#apart();
    const reach = await this.stored.reachingRoles({ tenant, within, grants, codeRoles, apart });
    if (reach === undefined) return { items: [], nextCursor: null };
    return pageOf(await this.stored.holders(reach, within, keyset), keyset);
  }

  /** Names match exactly (AZ-11); a wildcard is no permission. */
  #isPermission(permission: string): boolean {
    return (
      typeof permission === 'string' &&
      !permission.endsWith('*') &&
      this.catalogue.isGrantable(permission)
    );
  }

  async #whyNot(accountId: string, authority: Authority): Promise<DenialCode> {
    if (authority.heldRoles.length > 0) return 'permission_missing';
    let isDisabled = this.#disabled.get(authority);
    if (isDisabled === undefined) {
      const status = isId(accountId) ? await this.stored.statusOf(accountId) : undefined;
      // An account that is created tells nobody, so that there is none is never remembered.
      if (status === undefined) return 'account_unknown';
      isDisabled = status === 'disabled';
      this.#disabled.set(authority, isDisabled);
    }
    return isDisabled ? 'account_disabled' : 'permission_missing';
  }

  /** Every role of code that brings a member of a set that one session has only once. */
  #apart(): readonly ApartMember[] {
    return this.catalogue.separateInSession.flatMap((members, set) =>
      members.flatMap((member) =>
        Object.keys(this.catalogue.roles)
          .filter((role) => this.catalogue.closureOf(role).has(member))
          .map((codeRole) => ({ set: String(set), member, codeRole })),
      ),
    );
  }

  #denied(code: DenialCode, asked: Record<string, unknown>): Decision {
    const decisionId = newId();
    this.#logger.debug(JSON.stringify({ event: 'authz_fail', rule: code, decisionId, ...asked }));
    return { allowed: false, code, decisionId };
  }
}

/** Where nothing was looked at. */
function unexplained(code: DenialCode): Explanation {
  return { allowed: false, code, decisionId: newId(), version: 0, paths: [], wouldAllow: [] };
}

/** @throws AuthError `not_found` for a tenant beyond the scope, the same whether it exists or not */
function placeOf({ tenantId, within = {} }: PlaceQuery): Place {
  const { tenantId: scope } = within;
  if (scope === undefined) return { tenant: tenantId };
  const isBeyond = isId(tenantId) && tenantId !== scope;
  if (!isId(scope) || isBeyond) throw new AuthError('not_found');
  return { tenant: tenantId ?? scope, within: scope };
}

/** Runtime values may be of any type, and a tenant that is none must not widen the question (AD-5). */
function isTenantReference(tenantId: unknown): tenantId is string {
  return typeof tenantId === 'string' && isReference(tenantId);
}

function unknownPermission(): AuthError {
  return new AuthError('validation_failed', {
    errors: [{ field: 'permission', message: 'must be a permission of the catalogue' }],
  });
}
