import { Injectable } from '@nestjs/common';
import { AuthorityService } from '../access/authority.service';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import type { Principal } from '../route-access/principal';
import { SessionsService } from '../sessions/sessions.service';
import { currentSessionAnswer } from './session-answer';
import type { CurrentSessionAnswer, SessionListAnswer } from './session-answer.dto';

/** What a signed-in person sees of their sessions. */
@Injectable()
export class SessionViewService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly authorities: AuthorityService,
    private readonly requests: RequestReader,
  ) {}

  /** @throws AuthError `unauthenticated`, `session_expired`, `session_revoked`, `account_disabled` */
  async current(principal: Principal): Promise<CurrentSessionAnswer> {
    const session = await this.sessions.live(principal.sessionId);
    const { accountId, tenantId, activation } = principal;
    const authority = await this.authorities.of(accountId, tenantId, activation);
    return currentSessionAnswer(session, authority);
  }

  async list(principal: Principal): Promise<SessionListAnswer[]> {
    const sessions = await this.sessions.list(principal.accountId);
    return sessions.map((session) => ({
      id: session.id,
      device: session.userAgent,
      ip: session.ip,
      createdAt: session.createdAt.toISOString(),
      lastSeenAt: session.lastSeenAt.toISOString(),
      current: session.id === principal.sessionId,
    }));
  }

  /** @throws AuthError `not_found`, also for a session of somebody else */
  revoke(principal: Principal, sessionId: string, request: HttpRequest): Promise<void> {
    const origin = this.requests.read(request);
    return this.sessions.revokeOwn(principal.accountId, sessionId, origin);
  }
}
