import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import type { HttpRequest } from '../requests/http-request';
import { ApplicationOf } from './application-of';
import { CredentialsService, type VerifiedLogin } from './credentials.service';
import { LoginAttempts } from './login-attempt';

/** The strategy of the application whose guard asks. */
export const checkers = new ApplicationOf<LocalStrategy>();

/**
 * Passport's name for the check of an e-mail address and a password.
 *
 * To replace it, register another strategy named `local` whose `validate` returns a
 * {@link VerifiedLogin}.
 *
 * @publicApi
 */
@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy, 'local') {
  constructor(
    readonly credentials: CredentialsService,
    readonly attempts: LoginAttempts,
  ) {
    super({ usernameField: 'email', passwordField: 'password', passReqToCallback: true });
  }

  validate(request: HttpRequest, email: string, password: string): Promise<VerifiedLogin> {
    const { credentials, attempts } = checkers.of(request) ?? this;
    return credentials.verify(attempts.of(request, email), password);
  }
}
