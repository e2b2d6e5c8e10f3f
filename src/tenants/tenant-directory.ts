import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Change } from '../change-feed/change';
import { ChangeFeed } from '../change-feed/change-feed';
import type { ChangeListener } from '../change-feed/change-listener';
import { AuthError } from '../errors/auth-error';
import type { Tenant } from './tenant';
import { TenantsRepository } from './tenants.repository';
import { isReference } from './tenants.service';

const MAX_ENTRIES = 10_000;
const MAX_FILLS = 5;

/** Whether and which: names that nobody registered are remembered too, so that guessing costs no query. */
interface Entry {
  readonly tenant?: Tenant;
}

/** Finds the tenant that a request names. Answers from memory, and is told of every change by the feed. */
@Injectable()
export class TenantDirectory implements ChangeListener, OnModuleDestroy {
  readonly #cache = new LRUCache<string, Entry>({ max: MAX_ENTRIES });
  readonly #flights = new Map<string, Promise<Entry>>();
  readonly #unsubscribe: () => void;
  #generation = 0;

  constructor(
    private readonly tenants: TenantsRepository,
    feed: ChangeFeed,
  ) {
    this.#unsubscribe = feed.subscribe(this);
  }

  /**
   * The active tenant with an id or a key. A promise only where the database has to be asked.
   *
   * @throws AuthError `database_unavailable`, or `authority_stale` while changes arrive faster than
   * they can be read
   */
  find(reference: string): Tenant | undefined | Promise<Tenant | undefined> {
    if (!isReference(reference)) return undefined;
    const known = this.#cache.get(reference);
    return known === undefined ? this.#read(reference) : activeOf(known);
  }

  onChange(change: Change): void {
    if (change.kind === 'authority' && change.accountId === undefined) this.#drop();
  }

  onReconnect(): void {
    this.#drop();
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  async #read(reference: string): Promise<Tenant | undefined> {
    for (let fills = 0; fills < MAX_FILLS; fills += 1) {
      const generation = this.#generation;
      const entry = await (this.#flights.get(reference) ?? this.#fill(reference));
      if (generation === this.#generation) return activeOf(entry);
    }
    throw new AuthError('authority_stale', { retryAfterSeconds: 1 });
  }

  /** What was read before a change arrived is neither kept nor shared with who asks after it. */
  #fill(reference: string): Promise<Entry> {
    const generation = this.#generation;
    const flight = this.tenants
      .find(reference)
      .then((tenant) => {
        const entry = { tenant };
        if (generation === this.#generation) this.#cache.set(reference, entry);
        return entry;
      })
      .finally(() => {
        if (this.#flights.get(reference) === flight) this.#flights.delete(reference);
      });
    this.#flights.set(reference, flight);
    return flight;
  }

  #drop(): void {
    this.#generation += 1;
    this.#cache.clear();
    this.#flights.clear();
  }
}

function activeOf({ tenant }: Entry): Tenant | undefined {
  return tenant?.status === 'active' ? tenant : undefined;
}
