import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration-error';
import { StructuralAuthOptions } from '../options/structural-options';
import { ACCESS_PROBLEMS, type AccessProblem } from '../route-access/route-access';
import { isDeclaredAs } from '../route-access/route-access.reader';
import { fileOfClass } from './class-file';
import type { DeclaredHandler, FoundHandler, HandlerClass } from './declared-handler';
import { HandlerDiscovery } from './handler-discovery';

/**
 * Reads the declared access of every handler when the application starts, and does not let it start
 * while one of them is undeclared or contradicts itself (AZ-1): routes, GraphQL operations and fields,
 * events of gateways, patterns of microservices.
 */
@Injectable()
export class RouteAudit implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly discovery: HandlerDiscovery,
    @Inject(StructuralAuthOptions) private readonly options: StructuralAuthOptions,
  ) {}

  /** @throws ConfigurationError listing every handler that is wrong, and how to set it right */
  onModuleInit(): void {
    this.assertSound();
  }

  /** Once more, for what other hooks bound or wrapped: Nest serves nothing before they have run. */
  onApplicationBootstrap(): void {
    this.assertSound();
  }

  /** @throws ConfigurationError listing every handler that is wrong, and how to set it right */
  assertSound(): void {
    const problems = [...this.#handlerProblems(), ...this.#thirdPartyProblems()];
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  /**
   * Every handler of the application, once for each module that registers it. Call it after the global
   * prefix and the versioning of the application are set.
   */
  handlers(): readonly DeclaredHandler[] {
    return this.discovery.find().map(({ type, isGuarded, ...handler }) => handler);
  }

  #handlerProblems(): ConfigurationProblem[] {
    // A class that two modules register, or a method that answers in two ways, is wrong once.
    const reported = new Map<HandlerClass, Set<string>>();
    const found = this.discovery.find();
    return [...found, ...this.discovery.adoptInstances(found)].flatMap((handler) => {
      const methods = reported.get(handler.type) ?? new Set();
      const problems = methods.has(handler.handler) ? [] : problemsOf(handler);
      if (problems.length > 0) reported.set(handler.type, methods.add(handler.handler));
      return problems;
    });
  }

  #thirdPartyProblems(): ConfigurationProblem[] {
    const classes = [...this.discovery.classes()];
    return (this.options.thirdParty ?? []).flatMap((entry, index) => {
      const meant = classes.filter((type) => isDeclaredAs(entry, type));
      if (meant.length === 1) return [];
      return {
        option: `thirdParty[${index}].controller`,
        value:
          typeof entry.controller === 'string' ? `'${entry.controller}'` : entry.controller.name,
        bound: 'exactly one controller of the application',
        reason: `${meant.length} have this name, so the entry opens nothing or too much`,
      };
    });
  }
}

function problemsOf(handler: FoundHandler): ConfigurationProblem[] {
  const { access, isGuarded } = handler;
  if (access.problems.length > 0) {
    const option = placeOf(handler);
    return access.problems.map((problem) => describe(option, problem));
  }
  if (isGuarded) return [];
  return [
    {
      option: placeOf(handler),
      bound:
        "guarded: set fieldResolverEnhancers: ['guards', 'filters'] in the options of GraphQLModule",
      reason: 'Nest runs no guards on fields otherwise, and nothing would ask for this access',
    },
  ];
}

/** Module, class, method and, where one is found, the file. */
function placeOf({ type, module, controller, handler }: FoundHandler): string {
  const file = fileOfClass(type);
  return `${module}: ${controller}.${handler}()${file === undefined ? '' : ` in ${file}`}`;
}

function describe(option: string, { code, name }: AccessProblem): ConfigurationProblem {
  const { remedy, why } = ACCESS_PROBLEMS[code];
  return {
    option,
    ...(name === undefined ? {} : { value: `'${name}'` }),
    bound: remedy,
    reason: why,
  };
}
