import { RequestMethod, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import {
  HOST_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants';
import type { ApplicationConfig } from '@nestjs/core';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory';
import type { DeclaredHandler, HandlerClass, HandlerOperation } from './declared-handler';

type HttpRoute = Pick<DeclaredHandler, 'operation' | 'names' | 'versions' | 'hosts'>;
type PathMetadata = Parameters<RoutePathFactory['create']>[0];
type Version = NonNullable<PathMetadata['controllerVersion']>;

/**
 * The paths at which Nest serves handlers. Nest's own factory puts them together, from the same
 * metadata and configuration as its router: what is listed is what is served.
 */
export class HttpHandlers {
  readonly #paths: RoutePathFactory;

  constructor(
    private readonly config: ApplicationConfig,
    private readonly applicationId: string,
  ) {
    this.#paths = new RoutePathFactory(config);
  }

  /** Undefined for a method that answers no request. */
  routeOf(type: HandlerClass, method: object, module: object): HttpRoute | undefined {
    const path: unknown = Reflect.getMetadata(PATH_METADATA, method);
    if (path === undefined) return undefined;
    const verb =
      (Reflect.getMetadata(METHOD_METADATA, method) as RequestMethod | undefined) ??
      RequestMethod.GET;
    const versioningOptions = this.config.getVersioning();
    const shared: PathMetadata = {
      modulePath: this.#modulePath(module),
      globalPrefix: withLeadingSlash(this.config.getGlobalPrefix()),
      controllerVersion: this.#controllerVersion(type),
      methodVersion: Reflect.getMetadata(VERSION_METADATA, method) as Version | undefined,
      versioningOptions,
    };
    const names = asList(Reflect.getMetadata(PATH_METADATA, type)).flatMap((ctrlPath) =>
      asList(path).flatMap((methodPath) =>
        this.#paths.create(
          {
            ...shared,
            ctrlPath: withLeadingSlash(ctrlPath),
            methodPath: withLeadingSlash(methodPath),
          },
          verb,
        ),
      ),
    );
    const inPath = versioningOptions === undefined || versioningOptions.type === VersioningType.URI;
    const versions = inPath ? undefined : versionsOf(this.#paths.getVersion(shared));
    const hosts: unknown = Reflect.getMetadata(HOST_METADATA, type);
    return {
      operation: RequestMethod[verb] as HandlerOperation,
      names: [...new Set(names)],
      ...(versions === undefined ? {} : { versions }),
      ...(hosts === undefined ? {} : { hosts: asList(hosts) }),
    };
  }

  #modulePath(module: object): string | undefined {
    const own: unknown = Reflect.getMetadata(MODULE_PATH + this.applicationId, module);
    return (own ?? Reflect.getMetadata(MODULE_PATH, module)) as string | undefined;
  }

  #controllerVersion(type: HandlerClass): Version | undefined {
    const versioning = this.config.getVersioning();
    if (versioning === undefined) return undefined;
    const own: unknown = Reflect.getMetadata(VERSION_METADATA, type);
    return (own ?? versioning.defaultVersion) as Version | undefined;
  }
}

/** Undefined where every version is served. */
function versionsOf(version: Version | undefined): readonly string[] | undefined {
  const versions = [version ?? VERSION_NEUTRAL].flat();
  return versions.includes(VERSION_NEUTRAL) && versions.length === 1
    ? undefined
    : versions.map((one) => (one === VERSION_NEUTRAL ? 'neutral' : String(one)));
}

function asList(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value ?? '']).map(String);
}

function withLeadingSlash(path: string): string {
  return path === '' || path.startsWith('/') ? path : `/${path}`;
}
