import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { cookieNames, type CookieNames } from '../requests/cookie-names';
import { readCookie, serializeCookie } from '../requests/cookies';
import type { HttpRequest } from '../requests/http-request';
import type { CookieSession } from './identified-session';

const SECONDS_PER_DAY = 86_400;

/** What a browser is given to hold. */
export interface HeldCredential {
  readonly session: CookieSession;
  readonly authorityVersion: number;
  /** The refresh token of transport `cookie`, the secret id of transport `session`. */
  readonly secret: string;
}

/** Reads and writes the cookies of the transports `cookie` and `session`. */
@Injectable()
export class SessionCookies {
  readonly #names: CookieNames;
  readonly #deviceSeconds: number;
  readonly #sessionSameSite: 'Strict' | 'Lax';

  constructor(
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) options: ResolvedAuthOptions,
  ) {
    this.#names = cookieNames(options.cookies.preset);
    this.#deviceSeconds = options.guessing.knownDeviceDays * SECONDS_PER_DAY;
    this.#sessionSameSite = options.cookies.sessionSameSite;
  }

  /**
   * The refresh token of the request's cookie.
   *
   * @throws AuthError `ambiguous_credentials` when the cookie stands there twice: one of the two was
   * planted, and nobody can tell which (control CK-5)
   */
  refreshToken(request: HttpRequest): string | undefined {
    return onlyValue(request, this.#names.refresh);
  }

  /**
   * The secret id of the request's cookie.
   *
   * @throws AuthError `ambiguous_credentials` as for {@link refreshToken}
   */
  secretId(request: HttpRequest): string | undefined {
    return onlyValue(request, this.#names.session);
  }

  /** The proof that this browser has signed in before. A doubtful one is none. */
  knownDevice(request: HttpRequest): string | undefined {
    const cookie = readCookie(request.headers.cookie, this.#names.device);
    return cookie.kind === 'value' ? cookie.value : undefined;
  }

  /** Whether the request carries any cookie of a session, whatever it is worth. */
  present(request: HttpRequest): boolean {
    const { refresh, session, hint } = this.#names;
    return [refresh, session, hint].some(
      (name) => readCookie(request.headers.cookie, name).kind !== 'absent',
    );
  }

  /** `Set-Cookie` values of a login. The other transport's cookie is cleared. */
  begin(held: HeldCredential, knownDevice: string): string[] {
    const { refresh, session, device } = this.#names;
    return [
      ...this.issue(held),
      this.#httpOnly(device, knownDevice, this.#deviceSeconds),
      this.#credential(held.session.transport === 'session' ? refresh : session, '', 'clear'),
    ];
  }

  /** `Set-Cookie` values of the credential that a session has now. */
  issue({ session, authorityVersion, secret }: HeldCredential): string[] {
    const { refresh, session: secretId, hint } = this.#names;
    // Use extends a session without a new cookie, so that the cookie of a secret id has to last.
    const bySecretId = session.transport === 'session';
    const endsAt = bySecretId ? session.endsAt : session.expiresAt;
    const maxAgeSeconds = Math.max(1, Math.floor((endsAt.getTime() - this.clock.now()) / 1000));
    return [
      this.#credential(bySecretId ? secretId : refresh, secret, maxAgeSeconds),
      this.#readable(hint, hintOf(session, authorityVersion), maxAgeSeconds),
    ];
  }

  /** `Set-Cookie` values that end the session in the browser. The known device stays known. */
  clear(): string[] {
    return [
      this.#credential(this.#names.refresh, '', 'clear'),
      this.#credential(this.#names.session, '', 'clear'),
      this.#readable(this.#names.hint, '', 'clear'),
    ];
  }

  /**
   * The same for the transport `session` alone. Where the browser has a refresh token too its family lives
   * on, and so does its hint.
   */
  clearSecretId({ headers }: HttpRequest): string[] {
    const { refresh, session, hint } = this.#names;
    const hasFamily = readCookie(headers.cookie, refresh).kind !== 'absent';
    return [
      this.#credential(session, '', 'clear'),
      ...(hasFamily ? [] : [this.#readable(hint, '', 'clear')]),
    ];
  }

  #credential(name: string, value: string, maxAgeSeconds: number | 'clear'): string {
    const sameSite = name === this.#names.session ? this.#sessionSameSite : 'Strict';
    return this.#httpOnly(name, value, maxAgeSeconds, sameSite);
  }

  #httpOnly(
    name: string,
    value: string,
    maxAgeSeconds: number | 'clear',
    sameSite: 'Strict' | 'Lax' = 'Strict',
  ): string {
    const { secure } = this.#names;
    return serializeCookie(name, value, { maxAgeSeconds, httpOnly: true, secure, sameSite });
  }

  #readable(name: string, value: string, maxAgeSeconds: number | 'clear'): string {
    const { secure } = this.#names;
    return serializeCookie(name, value, {
      maxAgeSeconds,
      httpOnly: false,
      secure,
      sameSite: 'Strict',
    });
  }
}

function onlyValue(request: HttpRequest, name: string): string | undefined {
  const cookie = readCookie(request.headers.cookie, name);
  if (cookie.kind === 'ambiguous') throw new AuthError('ambiguous_credentials');
  return cookie.kind === 'value' ? cookie.value : undefined;
}

/** Tells a script that a session may exist, and of which generation, without any secret. */
function hintOf({ id, counter }: CookieSession, authorityVersion: number): string {
  const digest = createHash('sha256').update(id).digest('base64url').slice(0, 16);
  return `${digest}.${counter}.${authorityVersion}`;
}
