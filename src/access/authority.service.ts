import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { Clock } from '../clock/clock';
import { isId } from '../database/identifiers';
import { AuthError } from '../errors/auth-error';
import type { RoleActivation } from '../route-access/principal';
import { labels } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import { GrantedAuthority, NOBODY, type Authority, type HeldAuthority } from './authority';
import { AuthorityRepository } from './authority.repository';
import { CompiledCatalogue } from './compiled-catalogue';
import { heldRolesOf, type HeldRoles, type Holding } from './holding';
import { RoleGraph } from './role-graph';
import { RoleGraphs } from './role-graphs';

const MAX_ACCOUNTS = 50_000;
const MAX_TENANTS_PER_ACCOUNT = 100;
const MAX_ACTIVATIONS = 20;
const MAX_FILLS = 5;
const NO_TENANT = '';

const HIT = labels({ 'portcullis.cache.name': 'authority', 'portcullis.cache.result': 'hit' });
const MISS = labels({ 'portcullis.cache.name': 'authority', 'portcullis.cache.result': 'miss' });

interface Entry {
  readonly held: HeldAuthority;
  /** With everything held. */
  readonly whole: Authority;
  /** With the roles that a session activated, by their ids. */
  readonly activated: Map<string, Authority>;
  /** On the monotonic clock. */
  readonly staleAfter?: number;
}

/** A statement that reads a holding beside something else has begun. */
export interface BegunReading {
  readonly startedAt: number;
  readonly turn: number;
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
  readonly #graphs = new RoleGraphs();
  /** Rises with every change that is heard. */
  #turn = 0;
  readonly #unsubscribe: () => void;
  readonly #lookups;

  constructor(
    private readonly stored: AuthorityRepository,
    private readonly catalogue: CompiledCatalogue,
    private readonly clock: Clock,
    feed: ChangeFeed,
    private readonly telemetry: Telemetry = new Telemetry(),
  ) {
    this.#unsubscribe = feed.subscribe(this);
    this.#lookups = telemetry.counter('portcullis.cache.lookups');
  }

  /**
   * The authority of an account in a tenant, or without one only what holds everywhere. It is a
   * promise only where the database has to be asked. Unknown and disabled accounts hold nothing.
   *
   * @param activation the roles that are active in a session; when left out, all that are held
   * @throws AuthError `database_unavailable`, or `authority_stale` while changes arrive faster than
   * they can be read
   */
  of(
    accountId: string,
    tenantId: string = NO_TENANT,
    activation?: RoleActivation,
  ): Authority | Promise<Authority> {
    const known = this.#known(accountId, tenantId);
    this.#lookups.add(1, known === undefined ? MISS : HIT);
    if (known !== undefined) return this.#activate(known, activation);
    if (!isId(accountId) || (tenantId !== NO_TENANT && !isId(tenantId))) {
      return new GrantedAuthority(NOBODY, this.catalogue);
    }
    return this.#read(accountId, tenantId).then((entry) => this.#activate(entry, activation));
  }

  /** To be called before a statement that reads a holding for {@link learn}. */
  begin(): BegunReading {
    return { startedAt: this.clock.monotonic(), turn: this.#turn };
  }

  /**
   * Takes an authority that a statement read beside something else, so that {@link of} need not ask for
   * it. Where a change was heard meanwhile, or its roles are new here, it is not taken.
   */
  learn(
    accountId: string,
    tenantId: string = NO_TENANT,
    holding: Holding,
    begun: BegunReading,
  ): void {
    if (begun.turn !== this.#turn || this.#known(accountId, tenantId) !== undefined) return;
    const held = heldRolesOf(holding, tenantOf(tenantId));
    const { catalogueVersion } = holding;
    const graph = this.#graphs.get({ catalogueVersion, tenantId, held: held.held });
    if (graph === undefined) return;
    this.#keep(accountId, tenantId, this.#entryOf(held, graph, begun.startedAt));
  }

  onChange(change: Change): void {
    // The status of an account changes with its epoch, and a disabled account holds nothing.
    if (change.kind !== 'authority' && change.kind !== 'account_epoch') return;
    this.#turn += 1;
    if (change.accountId !== undefined) this.#drop(change.accountId);
    else if (change.kind === 'authority' && change.tenantId !== undefined)
      this.#dropTenant(change.tenantId);
    else this.#dropAll();
  }

  onReconnect(): void {
    this.#turn += 1;
    this.#dropAll();
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  #known(accountId: string, tenantId: string): Entry | undefined {
    const entry = this.#cache.get(accountId)?.get(tenantId);
    return entry === undefined || this.#isStale(entry) ? undefined : entry;
  }

  #activate({ held, whole, activated }: Entry, activation?: RoleActivation): Authority {
    if (activation === undefined) return whole;
    const key = activation.roleIds.join();
    let authority = activated.get(key);
    if (authority === undefined) {
      if (activated.size >= MAX_ACTIVATIONS) activated.clear();
      authority = new GrantedAuthority(held, this.catalogue, activation.roleIds);
      activated.set(key, authority);
    }
    return authority;
  }

  async #read(accountId: string, tenantId: string): Promise<Entry> {
    for (let fills = 0; fills < MAX_FILLS; fills += 1) {
      const flight = this.#flights.get(accountId)?.get(tenantId) ?? this.#fill(accountId, tenantId);
      const entry = await flight.entry;
      if (!flight.detached && !this.#isStale(entry)) return entry;
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
    const row = await this.telemetry.span('portcullis.authority.read', () =>
      this.stored.find(accountId, tenantOf(tenantId)),
    );
    if (row === undefined) return this.#entry(NOBODY);
    const held = heldRolesOf(row.holding, tenantOf(tenantId));
    const graph = new RoleGraph(row.roles);
    const { catalogueVersion } = row.holding;
    this.#graphs.keep({ catalogueVersion, tenantId, held: held.held }, graph);
    return this.#entryOf(held, graph, startedAt);
  }

  #entryOf(
    { staleInMilliseconds, ...held }: HeldRoles,
    graph: RoleGraph,
    startedAt: number,
  ): Entry {
    return this.#entry(
      { ...held, graph },
      // The database looked at its clock after the query started, so this errs on the early side.
      staleInMilliseconds === undefined ? undefined : startedAt + staleInMilliseconds,
    );
  }

  #entry(held: HeldAuthority, staleAfter?: number): Entry {
    const whole = new GrantedAuthority(held, this.catalogue);
    return { held, whole, activated: new Map(), staleAfter };
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

  #dropTenant(tenantId: string): void {
    this.#graphs.clear();
    for (const byTenant of this.#cache.values()) byTenant.delete(tenantId);
    for (const [accountId, flights] of this.#flights) {
      const flight = flights.get(tenantId);
      if (flight === undefined) continue;
      flight.detached = true;
      this.#land(accountId, tenantId, flight);
    }
  }

  #dropAll(): void {
    this.#cache.clear();
    this.#graphs.clear();
    for (const accountId of [...this.#flights.keys()]) this.#drop(accountId);
  }

  #isStale({ staleAfter }: Entry): boolean {
    return staleAfter !== undefined && this.clock.monotonic() >= staleAfter;
  }
}

function tenantOf(tenantId: string): string | undefined {
  return tenantId === NO_TENANT ? undefined : tenantId;
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
