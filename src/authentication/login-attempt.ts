import { Injectable } from '@nestjs/common';
import { guessIdentifier } from '../accounts/email-address';
import type { AuditOrigin } from '../audit/audit-event';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import type { GuessAttempt } from '../throttling/guess-reservation';
import { KnownDevices } from '../throttling/known-devices';
import { SessionCookies } from '../sessions/session-cookies';

/** Whom somebody tries to sign in as, and from where. */
export interface LoginAttempt extends GuessAttempt {
  readonly origin: AuditOrigin;
}

/** Reads from a request what its login is counted under. */
@Injectable()
export class LoginAttempts {
  constructor(
    private readonly requests: RequestReader,
    private readonly cookies: SessionCookies,
    private readonly devices: KnownDevices,
  ) {}

  of(request: HttpRequest, email: string): LoginAttempt {
    const info = this.requests.read(request);
    const identifier = guessIdentifier(email);
    return {
      identifier,
      source: info.source,
      knownDevice: this.devices.recognises(this.cookies.knownDevice(request), identifier),
      origin: info,
    };
  }
}
