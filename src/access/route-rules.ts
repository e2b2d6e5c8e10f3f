import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration-error';
import type {
  AccessPolicy,
  CreatorClass,
  CreatorLookup,
  PolicyClass,
  PolicyContext,
} from '../route-access/policy';
import type { Principal } from '../route-access/principal';
import type { Requirement, RouteAccess } from '../route-access/route-access';
import { fourEyes } from './four-eyes';
import { RouteAudit } from './route-audit';

/** A requirement that only a provider of the application can judge. */
export interface RouteRule {
  readonly requirement: Requirement;
  /** Whatever it answers, at once or later: only `true` admits. */
  ask(principal: Principal, context: PolicyContext): unknown;
}

type RuleRequirement = Extract<Requirement, { kind: 'policy' | 'four_eyes' }>;

const NO_RULES: readonly RouteRule[] = Object.freeze([]);

/** Finds the policies that routes name: once for each route, and all of them when the application starts. */
@Injectable()
export class RouteRules implements OnModuleInit {
  readonly #byAccess = new WeakMap<RouteAccess, readonly RouteRule[]>();

  constructor(
    private readonly providers: ModuleRef,
    private readonly audit: RouteAudit,
  ) {}

  /** @throws ConfigurationError naming every route whose policy no module provides */
  onModuleInit(): void {
    const problems = this.audit
      .handlers()
      .flatMap(({ module, controller, handler, access }) =>
        access.requirements
          .filter(isRule)
          .flatMap(
            (requirement) =>
              this.#problemOf(`${module}: ${controller}.${handler}()`, requirement) ?? [],
          ),
      );
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  /**
   * The rules of a route, in the order in which they are asked.
   *
   * @throws Error where a rule has no provider; on routes that were there at boot it has one
   */
  of(access: RouteAccess): readonly RouteRule[] {
    let rules = this.#byAccess.get(access);
    if (rules === undefined) {
      const found = access.requirements.filter(isRule).map((rule) => this.#ruleOf(rule));
      rules = found.length === 0 ? NO_RULES : found;
      this.#byAccess.set(access, rules);
    }
    return rules;
  }

  #ruleOf(requirement: RuleRequirement): RouteRule {
    if (requirement.kind === 'policy') {
      const policy = this.#provided(requirement.policy) as AccessPolicy;
      return { requirement, ask: (principal, context) => policy.check(principal, context) };
    }
    const creators = this.#provided(requirement.creator) as CreatorLookup;
    return { requirement, ask: (principal, context) => fourEyes(creators, principal, context) };
  }

  #provided(type: PolicyClass | CreatorClass): object {
    return this.providers.get<object>(type, { strict: false });
  }

  #problemOf(option: string, requirement: RuleRequirement): ConfigurationProblem | undefined {
    const [type, method] =
      requirement.kind === 'policy'
        ? [requirement.policy, 'check']
        : [requirement.creator, 'creatorOf'];
    const wrong = (bound: string, reason: string) => ({ option, value: type.name, bound, reason });
    let provider: object;
    try {
      provider = this.#provided(type);
    } catch {
      return this.#isProvided(type)
        ? wrong(
            'a provider of the default scope, and so must be what it injects',
            'one instance of it decides about all requests',
          )
        : wrong('provided: add it to the providers of a module', 'no module provides it');
    }
    return typeof (provider as Readonly<Record<string, unknown>>)[method] === 'function'
      ? undefined
      : wrong(`given a method ${method}()`, 'that is what the guard asks');
  }

  #isProvided(type: PolicyClass | CreatorClass): boolean {
    try {
      this.providers.introspect(type as Type);
      return true;
    } catch {
      return false;
    }
  }
}

function isRule(requirement: Requirement): requirement is RuleRequirement {
  return requirement.kind === 'policy' || requirement.kind === 'four_eyes';
}
