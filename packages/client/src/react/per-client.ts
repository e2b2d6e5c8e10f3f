import type { AuthClient } from '../client.js';

/**
 * One of something for each client, made when it is first wanted: it outlives components that React
 * mounts twice, drops and makes anew, and goes with the client.
 */
export function perClient<Thing>(
  make: (client: AuthClient) => Thing,
): (client: AuthClient) => Thing {
  const things = new WeakMap<AuthClient, Thing>();
  return (client) => {
    const thing = things.get(client) ?? make(client);
    things.set(client, thing);
    return thing;
  };
}

/** Listeners of a small store. */
export class Listeners {
  readonly #all = new Set<() => void>();

  readonly add = (listener: () => void): (() => void) => {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  };

  tell(): void {
    for (const listener of this.#all) listener();
  }
}
