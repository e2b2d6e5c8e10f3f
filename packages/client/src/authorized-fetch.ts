import { AuthError } from './auth-error.js';
import type { Browser } from './browser.js';

/** What a request of the application needs of the client. */
export interface TokenSource {
  /** The present access token; undefined where cookies carry the session, or nobody is signed in. */
  token(): Promise<string | undefined>;
  /** Rises with each session that begins or ends. */
  epoch(): number;
  /** Called with the token that was refused; answers whether another one of the same epoch is there now. */
  renew(refused: string | undefined, epoch: number): Promise<boolean>;
  /** When the person last proved who they are. */
  provenAt(): string | undefined;
  /** Asks for a proof that is newer than that; answers whether one of the same epoch is there now. */
  stepUp(provenAt: string | undefined, epoch: number): Promise<boolean>;
  /** Every answer tells which version of the account's authority it was decided with. */
  heard(authorityVersion: number): void;
}

/** What a request was sent with. */
interface Credential {
  readonly token: string | undefined;
  readonly epoch: number;
  readonly provenAt: string | undefined;
}

const INVALID_TOKEN = /\berror="?invalid_token\b/i;
/** RFC 9470 §3. */
const STEP_UP = /\berror="?insufficient_user_authentication\b/i;

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
  readonly #origins: ReadonlySet<string>;

  constructor(
    private readonly browser: Browser,
    private readonly source: TokenSource,
    allowedOrigins: readonly string[],
  ) {
    this.#origins = new Set(allowedOrigins);
  }

  async fetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    const request = new Request(
      input instanceof Request ? input : new URL(input, this.browser.origin),
      init,
    );
    if (!this.#origins.has(new URL(request.url).origin)) return this.#send(request);
    const copy = isReplayable(init) ? request.clone() : undefined;
    const token = await this.source.token();
    const sentWith = { token, epoch: this.source.epoch(), provenAt: this.source.provenAt() };
    request.signal.throwIfAborted();
    const response = this.#heard(await this.#send(withCredential(request, token)));
    if (!(await this.#isRemedied(response, sentWith))) return response;
    request.signal.throwIfAborted();
    if (copy === undefined) throw new AuthError({ code: 'not_replayable', status: 401 });
    const renewed = await this.source.token();
    if (this.source.epoch() !== sentWith.epoch) throw new AuthError({ code: 'superseded' });
    return this.#heard(await this.#send(withCredential(copy, renewed)));
  }

  /** Whether what the answer complains of is mended now. */
  async #isRemedied(
    { status, headers }: Response,
    { token, epoch, provenAt }: Credential,
  ): Promise<boolean> {
    if (status !== 401 && status !== 403) return false;
    const challenge = headers.get('www-authenticate') ?? '';
    if (STEP_UP.test(challenge)) return this.source.stepUp(provenAt, epoch);
    // Where cookies carry the session every 401 may mean its end: it is looked at, and nothing is replayed.
    const isDoubtful = token === undefined || INVALID_TOKEN.test(challenge);
    return status === 401 && isDoubtful && this.source.renew(token, epoch);
  }

  #send(request: Request): Promise<Response> {
    // As it is: taken apart, its body would be a stream, and Chromium sends none over HTTP/1.1.
    return this.browser.fetch(request);
  }

  #heard(response: Response): Response {
    const version = Number(response.headers.get('x-authority-version') ?? Number.NaN);
    if (!Number.isNaN(version)) this.source.heard(version);
    return response;
  }
}

/** A stream is read once; everything else that a request may carry can be copied. */
function isReplayable({ body }: RequestInit): boolean {
  return !(body instanceof ReadableStream);
}

function withCredential(request: Request, token: string | undefined): Request {
  const headers = new Headers(request.headers);
  headers.set('x-csrf', '1');
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return new Request(request, {
    headers,
    credentials: token === undefined ? 'include' : request.credentials,
  });
}
