import { mayHaveSession } from './session-request.js';
import type { ServerAuth, ServerSession } from './server-auth.js';

/** What is to be done with a request before a page is made for it. */
export interface NextPassage {
  /** The way to the login page; undefined where the request may go on. */
  readonly redirect: Response | undefined;
  /**
   * `Set-Cookie` values for the answer, whatever it is: the id of the session that the API replaced. A cache
   * that kept the answer would give the session to everybody, so keep it out of all of them.
   */
  readonly setCookie: readonly string[];
}

/** See {@link nextAuth}. */
export interface NextAuth {
  /**
   * Who is signed in, in a server component, an action or a route handler. Each call asks the API: wrap
   * it in React's `cache` to ask once for a page.
   *
   * @throws AuthError where the API cannot say
   */
  auth(): Promise<ServerSession | null>;
  /**
   * Reads something else of the API, in the same places. See {@link ServerAuth.fetch}. Cookies that the API
   * sets meanwhile are lost there: a stranger's `/auth/form-token` comes with one, so read it with
   * {@link ServerAuth.fetch} in a route handler, which can set it.
   */
  fetch(path: string): Promise<Response>;
  /**
   * Reads the session where cookies can still be set, and leads people who have none to the login page. Keep
   * it off what everybody may see: pictures, style sheets, pages for strangers.
   */
  proxy(request: Request): Promise<NextPassage>;
}

/**
 * For applications in the manner of Next.js, which hand out the headers of the present request by a
 * function, and let only their proxy set cookies.
 *
 * `proxy` spares people a page that would refuse them, and protects nothing: frameworks have let requests
 * around such code (CVE-2025-29927). What must not be seen has to be asked for with `auth()` where it is
 * read. Leave `proxy` out, and a session whose id the API replaced ends after half a minute.
 *
 * @example
 * import { headers } from 'next/headers';
 * const next = nextAuth(createServerAuth({ baseUrl }), headers);
 * export const auth = cache(next.auth);
 * export async function proxy(request: NextRequest) {
 *   const { redirect, setCookie } = await next.proxy(request);
 *   if (redirect) return redirect;
 *   const response = NextResponse.next();
 *   for (const cookie of setCookie) response.headers.append('set-cookie', cookie);
 *   if (setCookie.length > 0) response.headers.set('cache-control', 'private, no-store');
 *   return response;
 * }
 * export const config = { matcher: '/((?!_next/|favicon.ico).*)' };
 */
export function nextAuth(server: ServerAuth, headers: () => Headers | Promise<Headers>): NextAuth {
  /** Headers of the framework may be read only and of its own kind. */
  const present = async () =>
    new Request('http://localhost/', { headers: new Headers([...(await headers())]) });
  return {
    auth: async () => server.getSession(await present()),
    fetch: async (path) => server.fetch(await present(), path),
    async proxy(request) {
      // An API that is away signs nobody out: the page says so.
      const isSomebody =
        mayHaveSession(request) && (await server.getSession(request).catch(() => true)) !== null;
      const setCookie = server.cookies(request);
      if (isSomebody || isLoginPage(server, request)) return { redirect: undefined, setCookie };
      const answer = server.headers(request, new Headers({ location: server.loginUrl(request) }));
      return { redirect: new Response(null, { status: 303, headers: answer }), setCookie };
    },
  };
}

/** Strangers are led to it, and on it they are where they should be. */
function isLoginPage(server: ServerAuth, request: Request): boolean {
  const login = new URL(server.loginUrl(request), request.url);
  return pathOf(login.href) === pathOf(request.url);
}

/** Some applications end every path with a slash. */
function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '');
}
