import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import type { HttpRequest } from '../requests/http-request';
import { CredentialsService, type VerifiedLogin } from './credentials.service';
import { LoginAttempts } from './login-attempt';

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
    private readonly credentials: CredentialsService,
    private readonly attempts: LoginAttempts,
  ) {
    super({ usernameField: 'email', passwordField: 'password', passReqToCallback: true });
  }

  validate(request: HttpRequest, email: string, password: string): Promise<VerifiedLogin> {
    return this.credentials.verify(this.attempts.of(request, email), password);
  }
}
