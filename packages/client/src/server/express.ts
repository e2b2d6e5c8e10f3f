import type { RequireOptions, ServerAuth, ServerSession } from './server-auth.js';

/** What the shim needs of a request of Express, Connect or Node itself. */
interface IncomingLike {
  readonly method?: string;
  readonly url?: string;
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

interface OutgoingLike {
  appendHeader(name: string, value: string | readonly string[]): unknown;
  setHeader(name: string, value: string): unknown;
}

/**
 * The session of one request. It is `req.auth`. Ask before the answer begins: what the API says to the
 * browser has no place in one that is on its way, and a session whose id it replaced ends soon without it.
 */
export interface RequestAuth {
  /** See {@link ServerAuth.getSession}. */
  getSession(): Promise<ServerSession | null>;
  /** See {@link ServerAuth.requireSession}; undefined once the refusal was sent. */
  requireSession(options?: RequireOptions): Promise<ServerSession | undefined>;
  /** See {@link ServerAuth.fetch}. It rejects where the API is away, which is the handler's to answer. */
  fetch(path: string): Promise<Response>;
}

/** The parts of an answer that {@link RequestAuth.requireSession} sends a refusal with. */
interface AnsweringLike extends OutgoingLike {
  readonly headersSent: boolean;
  statusCode: number;
  end(): unknown;
}

/**
 * A middleware that sets `req.auth`. Where a handler reads the API by it, caches are kept off the answer
 * and the cookies that the API sets are handed on.
 *
 * @example
 * const auth = createServerAuth({ baseUrl, clientAddress: addressOf });
 * app.use(expressAuth(auth));
 * app.get('/invoices', async (req, res) => {
 *   const session = await req.auth.requireSession({ permission: 'invoices:read' });
 *   if (session) res.send(render(session));
 * });
 */
export function expressAuth(auth: ServerAuth) {
  return (incoming: IncomingLike, answer: AnsweringLike, next: () => void): void => {
    const request = requestOf(incoming);
    const added = new Set<string>();
    /** What the API says to the answer goes out once, whatever is asked how often; a refusal's own with it. */
    const send = (headers: Headers): void => {
      // Nothing can be added to an answer that has begun.
      if (answer.headersSent) return;
      for (const [name, value] of headers) {
        const adds = name === 'vary' || name === 'set-cookie';
        if (!adds) answer.setHeader(name, value);
        else if (!added.has(value)) answer.appendHeader(name, value);
        added.add(value);
      }
    };
    /** Whatever is made of what cannot be read is no page for everybody either (SS-11). */
    const reading = async <Answer>(read: Promise<Answer>): Promise<Answer> => {
      try {
        return await read;
      } finally {
        send(auth.headers(request));
      }
    };
    const own: RequestAuth = {
      getSession: () => reading(auth.getSession(request)),
      fetch: (path) => reading(auth.fetch(request, path)),
      async requireSession(options) {
        try {
          return await reading(auth.requireSession(request, options));
        } catch (refusal) {
          if (!(refusal instanceof Response)) throw refusal;
          send(refusal.headers);
          answer.statusCode = refusal.status;
          answer.end();
          return undefined;
        }
      },
    };
    Object.assign(incoming, { auth: own });
    next();
  };
}

const addresses = new WeakMap<Request, string>();

/** The address that a request came from, for `clientAddress` of a server behind the shim. */
export function addressOf(request: Request): string | undefined {
  return addresses.get(request);
}

/** Only path, query, method and headers count, so the host is none that the client may choose. */
function requestOf(incoming: IncomingLike): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && !name.startsWith(':')) headers.set(name, [value].flat().join(', '));
  }
  const path = incoming.originalUrl ?? incoming.url ?? '/';
  const url = `http://localhost${path.startsWith('/') ? path : '/'}`;
  // A Request takes no TRACE or CONNECT; what is asked of it is only whether it was for a page.
  const method = incoming.method === 'GET' || incoming.method === 'HEAD' ? incoming.method : 'POST';
  const request = new Request(url, { method, headers });
  const address = incoming.socket.remoteAddress;
  if (address !== undefined) addresses.set(request, address);
  return request;
}
