import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';
import { cookieNames, type CookieNames } from '../requests/cookie-names';
import { readCookie, serializeCookie } from '../requests/cookies';
import type { HttpRequest } from '../requests/http-request';
import { AuthError } from '../errors/auth-error';
import type { IssuedSession } from './issued-session';

const SECONDS_PER_DAY = 86_400;

/** Reads and writes the cookies of the `cookie` transport. */
@Injectable()
export class SessionCookies {
  readonly #names: CookieNames;
  readonly #deviceSeconds: number;

  constructor(
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) options: ResolvedAuthOptions,
  ) {
    this.#names = cookieNames(options.cookies.preset);
    this.#deviceSeconds = options.guessing.knownDeviceDays * SECONDS_PER_DAY;
  }

  /**
   * The refresh token of the request's cookie.
   *
   * @throws AuthError `ambiguous_credentials` when the cookie stands there twice: one of the two was
   * planted, and nobody can tell which (control CK-5)
   */
  refreshToken(request: HttpRequest): string | undefined {
    const cookie = readCookie(request.headers.cookie, this.#names.refresh);
    if (cookie.kind === 'ambiguous') throw new AuthError('ambiguous_credentials');
    return cookie.kind === 'value' ? cookie.value : undefined;
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

  /** `Set-Cookie` values of a fresh login or refresh. The other transport's cookie is cleared at login. */
  issue(issued: IssuedSession): string[] {
    const { session, knownDevice } = issued;
    const maxAgeSeconds = Math.max(
      1,
      Math.floor((session.expiresAt.getTime() - this.clock.now()) / 1000),
    );
    const cookies = [
      this.#httpOnly(this.#names.refresh, issued.refreshToken, maxAgeSeconds),
      serializeCookie(this.#names.hint, hintOf(issued), {
        maxAgeSeconds,
        httpOnly: false,
        secure: this.#names.secure,
        sameSite: 'Strict',
      }),
    ];
    if (knownDevice === undefined) return cookies;
    return [
      ...cookies,
      this.#httpOnly(this.#names.device, knownDevice, this.#deviceSeconds),
      this.#httpOnly(this.#names.session, '', 'clear'),
    ];
  }

  /** `Set-Cookie` values that end the session in the browser. The known device stays known. */
  clear(): string[] {
    return [
      this.#httpOnly(this.#names.refresh, '', 'clear'),
      this.#httpOnly(this.#names.session, '', 'clear'),
      serializeCookie(this.#names.hint, '', {
        maxAgeSeconds: 'clear',
        httpOnly: false,
        secure: this.#names.secure,
        sameSite: 'Strict',
      }),
    ];
  }

  #httpOnly(name: string, value: string, maxAgeSeconds: number | 'clear'): string {
    return serializeCookie(name, value, {
      maxAgeSeconds,
      httpOnly: true,
      secure: this.#names.secure,
      sameSite: 'Strict',
    });
  }
}

/** Tells a script that a session may exist, and of which generation, without any secret. */
function hintOf({ session, authority }: IssuedSession): string {
  const digest = createHash('sha256').update(session.id).digest('base64url').slice(0, 16);
  return `${digest}.${session.counter}.${authority.version}`;
}
