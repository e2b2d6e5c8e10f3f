import { randomUUID } from 'node:crypto';
import { VersioningType, type VersioningOptions } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants';
import { ApplicationConfig } from '@nestjs/core';
import type { FoundHandler } from '../access/declared-handler';
import { HandlerDiscovery } from '../access/handler-discovery';
import type { AccessNeeds } from '../access-map/access-lock';
import { needsOf } from '../access-map/access-needs';
import { describeRoute, servesFor } from '../access-map/route-keys';
import { isOwnController } from '../requests/auth-controller.decorator';
import { partOf, type Application } from './application-part';
import type { SkippedRoute } from './matrix-options';
import type { TestHeaders } from './test-principal';

/** One way to one handler over HTTP. */
export interface MatrixRoute {
  /** `GET /invoices/:id`, as every listing of access names it. */
  readonly name: string;
  readonly method: string;
  /** With its parameters. */
  readonly template: string;
  readonly headers: TestHeaders;
  readonly isPublic: boolean;
  readonly needs: AccessNeeds;
  /** Whether it is a route of the library. */
  readonly isOwn: boolean;
}

type Addressed = Parameters<typeof describeRoute>[0];

/** Every route of an application, and what cannot be asked over HTTP. */
export function matrixRoutes(app: Application): {
  readonly routes: readonly MatrixRoute[];
  readonly skipped: readonly SkippedRoute[];
} {
  const versioning = partOf(app, ApplicationConfig).getVersioning();
  const routes: MatrixRoute[] = [];
  const skipped: SkippedRoute[] = [];
  const seen: Addressed[] = [];
  for (const handler of partOf(app, HandlerDiscovery).find()) {
    for (const address of addressesOf(handler)) {
      const route = describeRoute(address);
      const reason = whyNot(handler, address, { seen, versioning });
      seen.push(address);
      if (reason === undefined) routes.push(routeOf(handler, address, versioning));
      else skipped.push({ route, reason });
    }
  }
  return { routes, skipped };
}

/** A path that the template matches: random ids in the place of its parameters. */
export function fillPath(template: string, parameters: Readonly<Record<string, string>>): string {
  const valueOf = (name: string) => encodeURIComponent(parameters[name] ?? randomUUID());
  return template
    .replace(/[{}]/g, '')
    .replace(/:(\w+)(?:\([^)]*\))?[?+*]?/g, (_, name: string) => valueOf(name))
    .replace(/\*(\w*)/g, (_, name: string) => valueOf(name));
}

function addressesOf(handler: FoundHandler): Addressed[] {
  const { transport, operation, names, versions, hosts } = handler;
  return names.flatMap((name) =>
    (versions ?? [undefined]).flatMap((version) =>
      (hosts ?? [undefined]).map((host) => ({ transport, operation, name, version, host })),
    ),
  );
}

function whyNot(
  handler: FoundHandler,
  address: Addressed,
  of: { readonly seen: readonly Addressed[]; readonly versioning?: VersioningOptions },
): string | undefined {
  if (handler.transport !== 'http') return 'it is not reached over HTTP: see accessConformance';
  const earlier = of.seen.find((other) => servesFor(other, address));
  if (earlier !== undefined) return `requests to it are answered by ${describeRoute(earlier)}`;
  if (address.version !== undefined && of.versioning?.type === VersioningType.CUSTOM) {
    return 'a rule of the application decides which version a request asks for';
  }
  const isGuardedOtherwise =
    isOwnController(handler.type) && guardsOf(handler).length > 0 && isPublic(handler);
  return isGuardedOtherwise
    ? 'a password, a token or a client secret is its credential'
    : undefined;
}

function routeOf(
  handler: FoundHandler,
  address: Addressed,
  versioning: VersioningOptions | undefined,
): MatrixRoute {
  const { operation, name, version, host } = address;
  return {
    name: describeRoute(address),
    method: operation === 'ALL' ? 'GET' : operation,
    template: name,
    headers: {
      ...versionHeader(version, versioning),
      ...(host === undefined ? {} : { host: fillPath(host, {}) }),
    },
    isPublic: isPublic(handler),
    needs: needsOf(handler.access.requirements),
    isOwn: isOwnController(handler.type),
  };
}

function isPublic({ access }: FoundHandler): boolean {
  return access.kind === 'public';
}

function versionHeader(
  version: string | undefined,
  versioning: VersioningOptions | undefined,
): TestHeaders {
  if (version === undefined || version === 'neutral') return {};
  switch (versioning?.type) {
    case VersioningType.HEADER:
      return { [versioning.header.toLowerCase()]: version };
    case VersioningType.MEDIA_TYPE:
      return { accept: `application/json;${versioning.key}${version}` };
    default:
      return {};
  }
}

function guardsOf({ type, handler }: FoundHandler): readonly unknown[] {
  const method = (type.prototype as Record<string, object>)[handler] ?? {};
  return (Reflect.getMetadata(GUARDS_METADATA, method) as unknown[] | undefined) ?? [];
}
