import { AuthError } from './auth-error.js';
import type { Browser } from './browser.js';
import type { SessionKeeper } from './session-keeper.js';
import type { StateStore } from './state.js';
import type { StepUps } from './step-ups.js';
import { numberOf } from './wire.js';

const COMPLAINT = /\berror="?(\w+)/i;

/** What a request of the application needs. */
export interface AuthorizedFetchParts {
  readonly browser: Browser;
  readonly store: StateStore;
  readonly keeper: SessionKeeper;
  readonly stepUps: StepUps;
  /** Fulfils once it is known who is signed in: before, nothing could be sent in their name. */
  readonly known: () => false | Promise<unknown> | undefined;
  /** Who may have the credential. */
  readonly origins: ReadonlySet<string>;
}

/**
 * `fetch` for the application's own API: it adds the credential, and sends a request once more when
 * its access token had just run out.
 *
 * Only an answer that says `invalid_token`, or asks for a step-up, is answered by a replay, since by
 * contract nothing was done; a 401 that an API gives for reasons of its own is handed through. A body is
 * copied before it is first sent; one that can be read only once is not replayed. Nor is a request of
 * somebody who is not the one signed in any more.
 */
export class AuthorizedFetch {
  readonly #browser: Browser;
  readonly #store: StateStore;
  readonly #keeper: SessionKeeper;
  readonly #stepUps: StepUps;
  readonly #known: AuthorizedFetchParts['known'];
  readonly #origins: ReadonlySet<string>;

  constructor(parts: AuthorizedFetchParts) {
    this.#browser = parts.browser;
    this.#store = parts.store;
    this.#keeper = parts.keeper;
    this.#stepUps = parts.stepUps;
    this.#known = parts.known;
    this.#origins = parts.origins;
  }

  async fetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    const request = new Request(
      input instanceof Request ? input : new URL(input, this.#browser.origin),
      init,
    );
    if (!this.#isOurs(request)) return this.#browser.fetch(request);
    // A stream is read once; everything else that a request may carry can be copied.
    const copy = init.body instanceof ReadableStream ? undefined : request.clone();
    // Who aborts is told at once; what others wait for as well goes on.
    return new Promise((resolve, reject) => {
      request.signal.onabort = () => reject(request.signal.reason as Error);
      this.#sendAndRemedy(request, copy).then(resolve, reject);
    });
  }

  async #sendAndRemedy(request: Request, copy: Request | undefined): Promise<Response> {
    await this.#known();
    const { epoch, provenAt } = this.#store;
    const token = await this.#keeper.token();
    const response = await this.#send(request, token);
    // Where a redirect led to somebody else, nothing is done for the asking.
    if (response.redirected && !this.#isOurs(response)) return response;
    const complaint = complaintOf(response);
    // Where cookies carry the session every 401 may mean its end: it is looked at, and nothing is replayed.
    const isDoubtful = token === undefined || complaint === 'invalid_token';
    const isRemedied =
      complaint === 'insufficient_user_authentication'
        ? await this.#stepUps.ask(provenAt, epoch)
        : response.status === 401 && isDoubtful && (await this.#keeper.renew(token, epoch));
    if (!isRemedied) return response;
    if (copy === undefined) throw new AuthError({ code: 'not_replayable', status: 401 });
    return this.#send(copy, await this.#keeper.token(0, epoch));
  }

  #isOurs({ url }: Request | Response): boolean {
    return this.#origins.has(new URL(url).origin);
  }

  async #send(request: Request, token: string | undefined): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set('x-csrf', '1');
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    const credentials = token === undefined ? 'include' : request.credentials;
    // As it is: taken apart, its body would be a stream, and Chromium sends none over HTTP/1.1.
    const response = await this.#browser.fetch(new Request(request, { headers, credentials }));
    // Every answer tells which version of the account's authority it was decided with.
    if (!response.redirected) this.#keeper.heard(numberOf(response, 'x-authority-version') ?? 0);
    return response;
  }
}

/** What an answer complains of (RFC 6750 §3.1, RFC 9470 §3). */
function complaintOf({ status, headers }: Response): string | undefined {
  if (status !== 401 && status !== 403) return undefined;
  return COMPLAINT.exec(headers.get('www-authenticate') ?? '')?.[1];
}
