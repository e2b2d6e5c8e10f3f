import { Inject, Injectable } from '@nestjs/common';
import { CompiledCatalogue } from '../access/compiled-catalogue';
import type { DeclaredHandler } from '../access/declared-handler';
import { RouteAudit } from '../access/route-audit';
import { StructuralAuthOptions } from '../options/structural-options';
import type { AccessCatalogue } from '../route-access/access-catalogue';
import {
  byText,
  LOCK_VERSION,
  type AccessLock,
  type AccessMapEntry,
  type AccessNeeds,
  type LockedRole,
} from './access-lock';
import { needsOf } from './access-needs';
import { keyOf } from './route-keys';

/**
 * Which role of the catalogue reaches which handler, and what else each handler needs.
 *
 * Roles of the database are not in it: they are made of the same permissions and inherit these roles,
 * and change without a deployment.
 *
 * @publicApi
 */
@Injectable()
export class AccessMap {
  readonly #access: AccessCatalogue;
  readonly #settings: AccessLock['settings'];

  constructor(
    private readonly audit: RouteAudit,
    private readonly catalogue: CompiledCatalogue,
    @Inject(StructuralAuthOptions) structure: StructuralAuthOptions,
  ) {
    const { access, globalGuards = true, unannotated = 'refuse' } = structure;
    this.#access = access;
    this.#settings = { globalGuards, unannotated };
  }

  /**
   * One entry for each name of each handler, sorted. Call it after the global prefix and the versioning
   * of the application are set.
   */
  entries(): readonly AccessMapEntry[] {
    const found = this.audit.handlers().flatMap((handler) => this.#entriesOf(handler));
    const byKey = new Map<string, AccessMapEntry[]>();
    for (const entry of found) {
      byKey.set(keyOf(entry), [...(byKey.get(keyOf(entry)) ?? []), entry]);
    }
    return [...byKey.values()]
      .flatMap((entries) =>
        // Only where several handlers share a name, their order decides which of them answers.
        entries.length === 1 ? entries : entries.map((entry, index) => ordered(entry, index + 1)),
      )
      .sort((one, two) => byText(sortKey(one), sortKey(two)));
  }

  /** The same for the same access, whatever the order of modules, handlers and declarations. */
  lock(): AccessLock {
    const { permissions, roles, separate, separateInSession } = this.#access;
    const names = Object.keys(roles).sort(byText);
    return {
      version: LOCK_VERSION,
      settings: this.#settings,
      permissions: [...permissions].sort(byText),
      roles: Object.fromEntries(names.map((name) => [name, this.#roleOf(name)])),
      separate: sortedSets(separate),
      separateInSession: sortedSets(separateInSession),
      routes: this.entries(),
    };
  }

  #entriesOf(handler: DeclaredHandler): AccessMapEntry[] {
    const { transport, module, controller, operation, names, versions, hosts, access } = handler;
    const needs = needsOf(access.requirements);
    const roles = this.#reaching(needs);
    return names.flatMap((name) =>
      (versions ?? [undefined]).flatMap((version) =>
        (hosts ?? [undefined]).map((host) => ({
          transport,
          operation,
          name,
          ...(version === undefined ? {} : { version }),
          ...(host === undefined ? {} : { host }),
          module,
          controller,
          handler: handler.handler,
          // A refused handler stops the boot, and where it does not, its guard denies.
          access: access.kind === 'public' ? ('public' as const) : ('authenticated' as const),
          ...(access.reason === undefined ? {} : { reason: access.reason }),
          needs,
          ...(roles === undefined ? {} : { roles }),
        })),
      ),
    );
  }

  #reaching({
    roles = [],
    permissions = [],
    anyPermission = [],
  }: AccessNeeds): string[] | undefined {
    if (roles.length + permissions.length + anyPermission.length === 0) return undefined;
    const reaches = (role: string): boolean => {
      const held = this.catalogue.closureOf(role);
      const { bits } = this.catalogue.grantsOf([role]);
      const has = (permission: string): boolean => this.catalogue.has(bits, permission);
      return (
        roles.every((anyOf) => anyOf.some((name) => held.has(name))) &&
        permissions.every(has) &&
        anyPermission.every((anyOf) => anyOf.some(has))
      );
    };
    return Object.keys(this.#access.roles).filter(reaches).sort(byText);
  }

  #roleOf(name: string): LockedRole {
    const inherited = [...this.catalogue.closureOf(name)].filter((role) => role !== name);
    const { bits } = this.catalogue.grantsOf([name]);
    return {
      inherits: inherited.sort(byText),
      permissions: [...this.catalogue.permissionsOf(bits)].sort(byText),
    };
  }
}

function ordered(entry: AccessMapEntry, order: number): AccessMapEntry {
  const { transport, operation, name, version, host, ...rest } = entry;
  const only = { ...(version === undefined ? {} : { version }), ...(host && { host }) };
  return { transport, operation, name, ...only, order, ...rest };
}

function sortKey(entry: AccessMapEntry): string {
  const { transport, name, operation, version = '', host = '', order = 0 } = entry;
  return JSON.stringify([transport, name, operation, version, host, order]);
}

function sortedSets(sets: readonly (readonly string[])[]): string[][] {
  return sets
    .map((set) => [...set].sort(byText))
    .sort((one, two) => byText(JSON.stringify(one), JSON.stringify(two)));
}
