/** What a script that found its way into a page got hold of. */
export interface Exposure {
  /** In what scripts may read without the client's help: storages, cookies, the page. */
  readonly storages: boolean;
  /** In anything that hangs from a global, walked as far as it goes. */
  readonly globals: boolean;
  /** In what other tabs say when they are asked for a token. */
  readonly channel: boolean;
  /** From a client that the application left in a global. */
  readonly client: boolean;
  /** In a request of the application, seen by a wrapped `fetch`. */
  readonly requests: boolean;
  /** In the answer to a refresh of its own. */
  readonly ownRefresh: boolean;
  /** Whether it can do what the person may, for as long as the page is open. */
  readonly acts: boolean;
}

/**
 * The script itself: it runs in the page as if the page's own code had been replaced. It looks for
 * anything that would be worth something elsewhere: an access token, or the secret of the cookie.
 */
export async function expose(secret: string): Promise<Exposure> {
  const isLoot = (text: unknown): boolean =>
    typeof text === 'string' &&
    (/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/.test(text) || text.includes(secret));

  const storages = isLoot(
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      window.name,
      history.state,
      location.href,
      document.documentElement.outerHTML,
    ]),
  );

  const seen = new Set<unknown>();
  const walk = (value: unknown, depth: number): boolean => {
    if (isLoot(value)) return true;
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    // A getter that was called on the wrong object fails later, in a promise.
    if (value instanceof Promise) void value.catch(() => undefined);
    if (!isObject || depth === 0 || seen.has(value)) return false;
    seen.add(value);
    return Reflect.ownKeys(value).some((key) => {
      try {
        return walk((value as Record<PropertyKey, unknown>)[key], depth - 1);
      } catch {
        return false;
      }
    });
  };
  const globals = walk(globalThis, 6);

  const heard: unknown[] = [];
  const channel = new BroadcastChannel('portcullis:web');
  channel.onmessage = ({ data }) => heard.push(data);
  channel.postMessage({ v: 1, message: { kind: 'ask' } });
  await new Promise((resolve) => setTimeout(resolve, 500));
  channel.close();

  const sent: string[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const { headers } = new Request(input, init);
    sent.push(JSON.stringify([...headers]));
    return fetch(input, init);
  };
  const { status } = await globalThis.auth.fetch('/invoices');
  globalThis.fetch = fetch;

  const handed = await globalThis.auth.getAccessToken().catch(() => undefined);
  const refreshed = await fetch('/auth/refresh', { method: 'POST', headers: { 'x-csrf': '1' } });

  return {
    storages,
    globals,
    channel: isLoot(JSON.stringify(heard)),
    client: isLoot(handed),
    requests: isLoot(sent.join()),
    ownRefresh: isLoot(await refreshed.text()),
    acts: status === 200,
  };
}
