import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { FORM_TOKEN_SECONDS } from '../options/form-options';
import { authenticate, SecretKeys } from '../options/secret-keys';
import { cookieNames, type CookieNames } from '../requests/cookie-names';
import { appendCookies, readCookie, serializeCookie } from '../requests/cookies';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import { forbidStoring } from '../requests/no-store.interceptor';
import { FORM_FIELD } from '../requests/request-form';
import { principalOf } from '../route-access/principal';

/** The hidden field of a form: `<input type="hidden" name="…" value="…">`. @publicApi */
export interface FormField {
  readonly name: string;
  /** Letters, digits, `-` and `_`: it needs no encoding. */
  readonly value: string;
}

const MAC_BYTES = 32;
const TOKEN_BYTES = 4 + 4 + MAC_BYTES;
/** 40 bytes fill 54 characters; the last has two spare bits, which are zero in the one spelling we accept. */
const TOKEN = /^[A-Za-z0-9_-]{53}[AEIMQUYcgkosw048]$/;
const PRE_SESSION = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Whom a token is for: a session, or a browser before it has one. */
type Subject = `session:${string}` | `pre-session:${string}`;

/**
 * The anti-forgery tokens of forms: signed double submit (CK-9). A token is an HMAC over the session and
 * an expiry, so it is worth nothing in another session, whatever cookies somebody plants. It names the
 * session and not its secret id, and therefore outlives a new id, until logout or a day has passed.
 *
 * Before login it is bound to a pre-session: a random `__Host-` cookie that login replaces.
 *
 * @publicApi
 */
@Injectable()
export class FormTokens {
  readonly #names: CookieNames;

  constructor(
    private readonly keys: SecretKeys,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) options: ResolvedAuthOptions,
  ) {
    this.#names = cookieNames(options.cookies.preset);
  }

  /**
   * The hidden field for the forms of a page. Call it where the page is made: it keeps the answer out of
   * caches and makes browsers send `Origin` with the form (`Referrer-Policy: same-origin`; after
   * `no-referrer` they send `null`). On a guarded page the token counts in the session of the request. On
   * a public one it is for the login form, and the answer sets the cookie of a pre-session where there is
   * none.
   */
  field(request: HttpRequest, response: ReadableHttpResponse): FormField {
    return this.fieldOf(principalOf(request)?.sessionId, request, response);
  }

  /** The same for a session that was found in another way than by the guards. */
  fieldOf(
    sessionId: string | undefined,
    request: HttpRequest,
    response: ReadableHttpResponse,
  ): FormField {
    forbidStoring(response);
    response.header('referrer-policy', 'same-origin');
    const subject: Subject =
      sessionId === undefined
        ? `pre-session:${this.#preSession(request) ?? this.#begin(response)}`
        : `session:${sessionId}`;
    return { name: FORM_FIELD, value: this.#mint(subject) };
  }

  /** @throws AuthError `csrf_failed` unless the token was made for this session, less than a day ago */
  assertOfSession(token: string | undefined, sessionId: string): void {
    this.#assert(token, `session:${sessionId}`);
  }

  /** @throws AuthError `csrf_failed` unless the token was made for the browser that sends it */
  assertOfPreSession(token: string | undefined, request: HttpRequest): void {
    const id = this.#preSession(request);
    if (id === undefined) throw new AuthError('csrf_failed');
    this.#assert(token, `pre-session:${id}`);
  }

  /** `Set-Cookie` value that ends the pre-session, for the answer that begins a session. */
  endPreSession(): string {
    return this.#cookie('', 'clear');
  }

  #preSession(request: HttpRequest): string | undefined {
    const cookie = readCookie(request.headers.cookie, this.#names.form);
    return cookie.kind === 'value' && PRE_SESSION.test(cookie.value) ? cookie.value : undefined;
  }

  #begin(response: ReadableHttpResponse): string {
    const id = randomBytes(32).toString('base64url');
    appendCookies(response, [this.#cookie(id, FORM_TOKEN_SECONDS)]);
    return id;
  }

  #cookie(value: string, maxAgeSeconds: number | 'clear'): string {
    const { form, secure } = this.#names;
    return serializeCookie(form, value, {
      maxAgeSeconds,
      httpOnly: true,
      secure,
      sameSite: 'Strict',
    });
  }

  /** Expiry, version of the key, MAC over both and the subject. */
  #mint(subject: Subject): string {
    const { version, key } = this.keys.current('form-token');
    const head = Buffer.alloc(TOKEN_BYTES - MAC_BYTES);
    head.writeUInt32BE(this.clock.nowSeconds() + FORM_TOKEN_SECONDS, 0);
    head.writeUInt32BE(version, 4);
    return Buffer.concat([head, authenticate(key, head, subject)]).toString('base64url');
  }

  #assert(token: string | undefined, subject: Subject): void {
    if (token === undefined || !TOKEN.test(token)) throw new AuthError('csrf_failed');
    const bytes = Buffer.from(token, 'base64url');
    const head = bytes.subarray(0, TOKEN_BYTES - MAC_BYTES);
    const secret = this.keys.find('form-token', head.readUInt32BE(4));
    const isOurs =
      secret !== undefined &&
      timingSafeEqual(authenticate(secret.key, head, subject), bytes.subarray(head.length));
    if (!isOurs || head.readUInt32BE(0) <= this.clock.nowSeconds()) {
      throw new AuthError('csrf_failed');
    }
  }
}
