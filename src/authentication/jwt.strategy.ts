import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { AccessTokens } from '../tokens/access-tokens';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { bearerTokenOf } from './bearer-token';

/**
 * Passport's name for our verification of access tokens.
 *
 * It verifies with our own clock, keys and rules rather than those of passport-jwt, which knows one
 * key and the time of the machine. To replace it, register another strategy named `jwt` whose
 * `validate` returns a {@link VerifiedAccessToken}.
 *
 * @publicApi
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(private readonly accessTokens: AccessTokens) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      // passport-jwt asks for a key at construction; `authenticate` below never reads it.
      secretOrKeyProvider: (_request, _token, done) => done(null, undefined),
    });
  }

  override authenticate(request: unknown): void {
    this.#verify(request as HttpRequest).then(
      (verified) => this.success(verified),
      (error: unknown) => this.error(error as Error),
    );
  }

  validate(verified: VerifiedAccessToken): VerifiedAccessToken {
    return verified;
  }

  async #verify(request: HttpRequest): Promise<VerifiedAccessToken> {
    const token = bearerTokenOf(request);
    if (token === undefined) throw new AuthError('unauthenticated');
    return this.accessTokens.verify(token);
  }
}
