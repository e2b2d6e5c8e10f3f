import { AccountsService } from '../accounts/accounts.service';
import { parseEmailAddress } from '../accounts/email-address';
import { SessionIssuer } from '../authentication/session-issuer.service';
import { Clock } from '../clock/clock';
import { Database } from '../database/database';
import { isId, newId } from '../database/identifiers';
import { isAuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { SessionsService } from '../sessions/sessions.service';
import type { Tenant } from '../tenants/tenant';
import { TenantsService } from '../tenants/tenants.service';
import { partOf, type Application } from './application-part';
import type { PrincipalWishes, TestHeaders, TestPrincipal } from './test-principal';
import { TestRoles } from './test-roles';
import { TestSessionsRepository } from './test-sessions.repository';

/** What only the matrix wants: somebody who acts in another tenant than the one they hold roles in. */
export interface FactoryWishes extends PrincipalWishes {
  /** Where permissions and roles are held. @default `tenant` */
  readonly heldIn?: string;
  /** Whether the session is bound to `tenant`. @default true */
  readonly isBound?: boolean;
}

/** Makes accounts, and sessions of them, by the services of a running application. */
export class PrincipalFactory {
  readonly #roles: TestRoles;
  readonly #tenants: TenantsService;
  readonly #accounts: AccountsService;
  readonly #opening: TestSessionsRepository;
  readonly #sessions: SessionsService;
  readonly #issuer: SessionIssuer;
  readonly #clock: Clock;
  readonly #options: ResolvedAuthOptions;

  constructor(
    app: Application,
    private readonly caller: string,
  ) {
    this.#options = partOf<ResolvedAuthOptions>(app, ResolvedAuthOptions);
    this.#roles = new TestRoles(app);
    this.#tenants = partOf(app, TenantsService);
    this.#accounts = partOf(app, AccountsService);
    this.#opening = new TestSessionsRepository(partOf(app, Database), this.#options);
    this.#sessions = partOf(app, SessionsService);
    this.#issuer = partOf(app, SessionIssuer);
    this.#clock = partOf(app, Clock);
  }

  async create(wishes: FactoryWishes): Promise<TestPrincipal> {
    const { permissions = [], roles = [], heldIn = wishes.tenant, isBound = true } = wishes;
    this.#roles.assertGrantable(permissions, this.caller);
    const tenant = wishes.tenant === undefined ? undefined : await this.tenant(wishes.tenant);
    const held = heldIn === undefined ? undefined : await this.tenant(heldIn);
    const accountId = await this.#account();
    const holder = { accountId, tenantId: held?.id };
    for (const role of new Set(roles)) await this.#roles.assign(role, holder, this.caller);
    const isMember = roles.length > 0 || held === undefined;
    if (permissions.length > 0 || !isMember) await this.#roles.grant(permissions, holder);
    const session = await this.#sessions.live(
      await this.#opening.open({
        accountId,
        tenantId: isBound ? tenant?.id : undefined,
        amr: wishes.amr ?? ['pwd'],
        authTime: wishes.authTime ?? new Date(this.#clock.now()),
      }),
    );
    const { token: accessToken } = this.#issuer.mintAccessToken(session);
    const headers: TestHeaders = {
      authorization: `Bearer ${accessToken}`,
      ...this.#headersNaming(tenant),
    };
    return {
      accountId,
      sessionId: session.id,
      ...(tenant === undefined ? {} : { tenantId: tenant.id }),
      accessToken,
      headers,
      as: (test) => {
        test.set({ ...headers });
        return test;
      },
    };
  }

  /** The tenant with a key or id, registered when it is missing. */
  async tenant(reference: string): Promise<Tenant> {
    const find = () => this.#tenants.get(reference);
    return find().catch(async (missing: unknown) => {
      if (!isAuthError(missing) || missing.code !== 'not_found') throw missing;
      const tenant = isId(reference)
        ? { id: reference, key: `t-${reference}`, name: 'A tenant of a test' }
        : { key: reference, name: reference };
      return this.#tenants.create(tenant).catch((taken: unknown) => {
        if (isAuthError(taken) && taken.code === 'conflict') return find();
        throw taken;
      });
    });
  }

  async #account(): Promise<string> {
    const email = parseEmailAddress(`testing-${newId()}@example.test`);
    const { id } = await this.#accounts.create({ email, emailVerified: true });
    return id;
  }

  #headersNaming(tenant: Tenant | undefined): TestHeaders {
    if (tenant === undefined) return {};
    const { source, header, domain = '' } = this.#options.tenancy;
    if (source === 'header') return { [header]: tenant.id };
    return source === 'subdomain' ? { host: `${tenant.key}.${domain}` } : {};
  }
}
