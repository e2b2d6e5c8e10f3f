import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { Clock } from '../clock/clock';
import { isId } from '../database/identifiers';
import { AuthError } from '../errors/auth-error';
import { GrantedAuthority, type Authority } from './authority';
import { AuthorityRepository } from './authority.repository';
import { CompiledCatalogue } from './compiled-catalogue';

const MAX_ACCOUNTS = 50_000;
const MAX_TENANTS_PER_ACCOUNT = 100;
const MAX_FILLS = 5;
const NO_TENANT = '';

interface Entry {
  readonly authority: Authority;
  /** On the monotonic clock. */
  readonly staleAfter?: number;
}

interface Flight {
  readonly entry: Promise<Entry>;
  /** A change arrived meanwhile: what the query read may be older than it. */
  detached: boolean;
}

/**
 * Knows what accounts may do. Answers from memory, and is told of every change by the change feed.
 */
@Injectable()
export class AuthorityService implements ChangeListener, OnModuleDestroy {
  readonly #cache = new LRUCache<string, Map<string, Entry>>({ max: MAX_ACCOUNTS });
  readonly #flights = new Map<string, Map<string, Flight>>();
  readonly #unsubscribe: () => void;

  constructor(
    private readonly stored: AuthorityRepository,
    private readonly catalogue: CompiledCatalogue,
    private readonly clock: Clock,
    feed: ChangeFeed,
  ) {
    this.#unsubscribe = feed.subscribe(this);
  }

  /**
   * The authority of an account in a tenant, or without one only what holds everywhere. It is a
   * promise only where the database has to be asked. Unknown and disabled accounts hold nothing.
   *
   * @throws AuthError `database_unavailable`, or `authority_stale` while changes arrive faster than
   * they can be read
   */
  of(accountId: string, tenantId: string = NO_TENANT): Authority | Promise<Authority> {
    const known = this.#known(accountId, tenantId);
    if (known !== undefined) return known;
    if (!isId(accountId) || (tenantId !== NO_TENANT && !isId(tenantId))) return this.#nobody();
    return this.#read(accountId, tenantId);
  }

  onChange(change: Change): void {
    // The status of an account changes with its epoch, and a disabled account holds nothing.
    if (change.kind !== 'authority' && change.kind !== 'account_epoch') return;
    if (change.accountId === undefined) this.#dropAll();
    else this.#drop(change.accountId);
  }

  onReconnect(): void {
    this.#dropAll();
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  #known(accountId: string, tenantId: string): Authority | undefined {
    const entry = this.#cache.get(accountId)?.get(tenantId);
    return entry === undefined || this.#isStale(entry) ? undefined : entry.authority;
  }

  async #read(accountId: string, tenantId: string): Promise<Authority> {
    for (let fills = 0; fills < MAX_FILLS; fills += 1) {
      const flight = this.#flights.get(accountId)?.get(tenantId) ?? this.#fill(accountId, tenantId);
      const entry = await flight.entry;
      if (!flight.detached && !this.#isStale(entry)) return entry.authority;
      const known = this.#known(accountId, tenantId);
      if (known !== undefined) return known;
    }
    throw new AuthError('authority_stale', { retryAfterSeconds: 1 });
  }

  #fill(accountId: string, tenantId: string): Flight {
    const land = () => this.#land(accountId, tenantId, flight);
    const flight: Flight = {
      detached: false,
      entry: this.#load(accountId, tenantId).then(
        (entry) => {
          land();
          // Landing and keeping are one step: nothing can be dropped in between.
          if (!flight.detached) this.#keep(accountId, tenantId, entry);
          return entry;
        },
        (error: unknown) => {
          land();
          throw error;
        },
      ),
    };
    put(this.#flights, accountId, tenantId, flight);
    return flight;
  }

  async #load(accountId: string, tenantId: string): Promise<Entry> {
    const startedAt = this.clock.monotonic();
    const row = await this.stored.find(accountId, tenantId === NO_TENANT ? undefined : tenantId);
    if (row === undefined) return { authority: this.#nobody() };
    const { staleAt, staleInMilliseconds } = row;
    const grants = this.catalogue.grantsOf(row.roles);
    return {
      authority: new GrantedAuthority(row.version, grants, this.catalogue, staleAt ?? undefined),
      // The database looked at its clock after the query started, so this errs on the early side.
      staleAfter: staleInMilliseconds === null ? undefined : startedAt + staleInMilliseconds,
    };
  }

  #land(accountId: string, tenantId: string, flight: Flight): void {
    const flights = this.#flights.get(accountId);
    if (flights?.get(tenantId) !== flight) return;
    flights.delete(tenantId);
    if (flights.size === 0) this.#flights.delete(accountId);
  }

  #keep(accountId: string, tenantId: string, entry: Entry): void {
    const byTenant = this.#cache.get(accountId) ?? new Map<string, Entry>();
    if (byTenant.size >= MAX_TENANTS_PER_ACCOUNT) byTenant.clear();
    byTenant.set(tenantId, entry);
    this.#cache.set(accountId, byTenant);
  }

  #drop(accountId: string): void {
    this.#cache.delete(accountId);
    for (const flight of this.#flights.get(accountId)?.values() ?? []) flight.detached = true;
    this.#flights.delete(accountId);
  }

  #dropAll(): void {
    this.#cache.clear();
    for (const accountId of [...this.#flights.keys()]) this.#drop(accountId);
  }

  #isStale({ staleAfter }: Entry): boolean {
    return staleAfter !== undefined && this.clock.monotonic() >= staleAfter;
  }

  #nobody(): Authority {
    return new GrantedAuthority(0, this.catalogue.grantsOf([]), this.catalogue);
  }
}

function put<Value>(
  map: Map<string, Map<string, Value>>,
  outer: string,
  inner: string,
  value: Value,
): void {
  const values = map.get(outer) ?? new Map<string, Value>();
  values.set(inner, value);
  map.set(outer, values);
}
