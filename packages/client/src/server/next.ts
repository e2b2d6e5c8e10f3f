import { mayHaveSession } from './session-request.js';
import type { ServerAuth, ServerSession } from './server-auth.js';

/** See {@link nextAuth}. */
export interface NextAuth {
  /** Who is signed in, in a server component, an action or a route handler. */
  auth(): Promise<ServerSession | null>;
  /** A redirect to the login page for a browser without a session's cookie; else undefined. */
  proxy(request: Request): Response | undefined;
}

/**
 * For applications in the manner of Next.js, which hand out the headers of the present request by a
 * function.
 *
 * `proxy` only spares people a page that would refuse them: frameworks have let requests around such
 * code (CVE-2025-29927). What must not be seen has to be asked for with `auth()` where it is read.
 *
 * @example
 * import { headers } from 'next/headers';
 * export const { auth, proxy } = nextAuth(createServerAuth({ baseUrl }), headers);
 */
export function nextAuth(server: ServerAuth, headers: () => Headers | Promise<Headers>): NextAuth {
  return {
    async auth() {
      // Headers of the framework may be read only and of its own kind.
      const own = new Headers([...(await headers())]);
      return server.getSession(new Request('http://localhost/', { headers: own }));
    },
    proxy(request) {
      if (mayHaveSession(request)) return undefined;
      const headers = server.headers(request, new Headers({ location: server.loginUrl(request) }));
      return new Response(null, { status: 303, headers });
    },
  };
}
