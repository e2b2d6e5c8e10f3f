import { Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthError, isAuthError } from '../errors/auth-error';
import { carrierOf } from '../requests/execution';
import type { PolicyContext } from '../route-access/policy';
import { principalOf, type Principal } from '../route-access/principal';
import type { RouteAccess } from '../route-access/route-access';
import { RouteAccessReader } from '../route-access/route-access.reader';
import { AccessDecisions } from './access-decisions';
import { denialOf } from './denial';
import { DenialLog } from './denial-log';
import { policyContextOf } from './policy-context';
import { RouteRules, type RouteRule } from './route-rules';

/**
 * Asks the policies of a route about the resource of the request, after {@link RolesGuard} found that
 * roles, permissions and step-up hold. Anything but a clear `true` denies (AZ-14).
 *
 * It passes routes without policies at once, without a promise.
 *
 * @throws AuthError `unauthenticated`, `forbidden`, `not_found`, or whatever a policy throws of these
 *
 * @publicApi
 */
@Injectable()
export class PolicyGuard implements CanActivate {
  readonly #logger = new Logger('PolicyGuard');

  constructor(
    private readonly routes: RouteAccessReader,
    private readonly rules: RouteRules,
    private readonly denials: DenialLog,
    private readonly decisions: AccessDecisions,
  ) {}

  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const access = this.routes.read(execution.getClass(), execution.getHandler());
    if (access.kind === 'public') return true;
    try {
      if (access.kind !== 'authenticated') throw new AuthError('forbidden');
      const rules = this.#rulesOf(access);
      if (rules.length > 0) return this.#decide(rules, execution);
    } catch (error) {
      this.decisions.denied(execution, error);
      throw error;
    }
    this.decisions.allowed(execution);
    return true;
  }

  async #decide(rules: readonly RouteRule[], execution: ExecutionContext): Promise<true> {
    try {
      await this.#askAll(rules, execution);
    } catch (error) {
      this.decisions.denied(execution, error);
      throw error;
    }
    this.decisions.allowed(execution);
    return true;
  }

  async #askAll(rules: readonly RouteRule[], execution: ExecutionContext): Promise<void> {
    const context = policyContextOf(execution);
    const carrier = carrierOf(execution);
    if (context === undefined) throw new AuthError('forbidden');
    const principal = carrier && principalOf(carrier);
    if (principal === undefined) throw new AuthError('unauthenticated');
    for (const rule of rules) {
      const denial = await this.#denialBy(rule, principal, context);
      if (denial === undefined) continue;
      this.denials.record(execution, principal, rule.requirement);
      throw denial.code === 'forbidden' ? denialOf(execution, denial) : denial;
    }
  }

  async #denialBy(
    rule: RouteRule,
    principal: Principal,
    context: PolicyContext,
  ): Promise<AuthError | undefined> {
    try {
      const answer: unknown = await rule.ask(principal, context);
      if (answer === true) return undefined;
      return new AuthError(answer === 'not_found' ? 'not_found' : 'forbidden');
    } catch (error) {
      return this.#denialOf(error);
    }
  }

  #rulesOf(access: RouteAccess): readonly RouteRule[] {
    try {
      return this.rules.of(access);
    } catch (error) {
      throw this.#denialOf(error);
    }
  }

  /** What broke is logged by itself and, as the cause, with the request by the filter. */
  #denialOf(error: unknown): AuthError {
    if (isAuthError(error)) return error;
    this.#logger.error(error);
    return new AuthError('forbidden', { cause: error });
  }
}
