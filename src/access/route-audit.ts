import { Inject, Injectable, RequestMethod, type OnModuleInit } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration-error';
import { StructuralAuthOptions } from '../options/structural-options';
import {
  ACCESS_PROBLEMS,
  type AccessProblem,
  type RouteAccess,
} from '../route-access/route-access';
import { isDeclaredAs, RouteAccessReader } from '../route-access/route-access.reader';

/** One handler of the application, and what it takes to use it. @publicApi */
export interface DeclaredRoute {
  readonly module: string;
  readonly controller: string;
  readonly handler: string;
  /** `GET`, `POST`, …, or `ALL`. */
  readonly method: string;
  /** As the controller and the handler declare them, without prefix and version. */
  readonly paths: readonly string[];
  readonly access: RouteAccess;
}

interface FoundController {
  readonly type: { readonly name: string; readonly prototype: object };
  readonly module: string;
}

/**
 * Reads the declared access of every route when the application starts, and does not let it start
 * while one of them is undeclared or contradicts itself (AZ-1).
 */
@Injectable()
export class RouteAudit implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reader: RouteAccessReader,
    @Inject(StructuralAuthOptions) private readonly options: StructuralAuthOptions,
  ) {}

  /** @throws ConfigurationError listing every route that is wrong, and how to set it right */
  onModuleInit(): void {
    const problems = [...this.#routeProblems(), ...this.#thirdPartyProblems()];
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  /** Every handler of every controller. */
  routes(): readonly DeclaredRoute[] {
    return this.#controllers().flatMap((controller) => this.#routesOf(controller));
  }

  #controllers(): readonly FoundController[] {
    const found = new Map<object, FoundController>();
    for (const { metatype, host } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function' || found.has(metatype)) continue;
      const type = metatype as FoundController['type'];
      found.set(metatype, { type, module: host?.metatype.name ?? 'unknown module' });
    }
    return [...found.values()];
  }

  #routesOf({ type, module }: FoundController): DeclaredRoute[] {
    const prototype = type.prototype as Record<string, unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((handler) => {
      const method = prototype[handler];
      const path: unknown =
        typeof method === 'function' ? Reflect.getMetadata(PATH_METADATA, method) : undefined;
      if (typeof method !== 'function' || path === undefined) return [];
      const verb = Reflect.getMetadata(METHOD_METADATA, method) as RequestMethod | undefined;
      return {
        module,
        controller: type.name,
        handler,
        method: RequestMethod[verb ?? RequestMethod.GET],
        paths: joined(Reflect.getMetadata(PATH_METADATA, type), path),
        access: this.reader.read(type, method),
      };
    });
  }

  #routeProblems(): ConfigurationProblem[] {
    return this.routes().flatMap(({ module, controller, handler, access }) =>
      access.problems.map((problem) => describe(`${module}: ${controller}.${handler}()`, problem)),
    );
  }

  #thirdPartyProblems(): ConfigurationProblem[] {
    const controllers = this.#controllers();
    return (this.options.thirdParty ?? []).flatMap((entry, index) => {
      const meant = controllers.filter(({ type }) => isDeclaredAs(entry, type));
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

function describe(option: string, { code, name }: AccessProblem): ConfigurationProblem {
  const { remedy, why } = ACCESS_PROBLEMS[code];
  return {
    option,
    ...(name === undefined ? {} : { value: `'${name}'` }),
    bound: remedy,
    reason: why,
  };
}

function joined(outer: unknown, inner: unknown): string[] {
  return asList(outer).flatMap((start) =>
    asList(inner).map((end) =>
      `/${[start, end].join('/')}`.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, ''),
    ),
  );
}

function asList(path: unknown): string[] {
  return (Array.isArray(path) ? path : [path ?? '']).map(String);
}
