import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { AccessTokens } from '../tokens/access-tokens';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { ApplicationOf } from './application-of';
import { bearerTokenOf } from '../tokens/bearer-token';

/** The verifier of the application whose guard asks. */
export const verifiers = new ApplicationOf<AccessTokens>();

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

  // Passport calls it on an object that only inherits from this one, so there is no #private here.
  override authenticate(request: unknown): void {
    verify(request as HttpRequest, this.accessTokens).then(
      (verified) => this.success(verified),
      (error: unknown) => this.error(error as Error),
    );
  }

  validate(verified: VerifiedAccessToken): VerifiedAccessToken {
    return verified;
  }
}

async function verify(request: HttpRequest, own: AccessTokens): Promise<VerifiedAccessToken> {
  const token = bearerTokenOf(request);
  if (token === undefined) throw new AuthError('unauthenticated');
  return (verifiers.of(request) ?? own).verify(token);
}
