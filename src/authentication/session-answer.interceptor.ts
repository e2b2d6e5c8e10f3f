import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { appendCookies } from '../requests/cookies';
import type { ReadableHttpResponse } from '../requests/http-request';
import { SessionCookies } from '../sessions/session-cookies';
import { issuedCookies } from './issued-cookies';
import type { IssuedSession } from './issued-session';
import { issuedAnswer } from './session-answer';
import type { IssuedAnswer } from './session-answer.dto';

/** Gives the credential that a flow made to the transport of its session. */
@Injectable()
export class SessionAnswerInterceptor implements NestInterceptor<IssuedSession, IssuedAnswer> {
  constructor(private readonly cookies: SessionCookies) {}

  intercept(context: ExecutionContext, next: CallHandler<IssuedSession>): Observable<IssuedAnswer> {
    const response = context.switchToHttp().getResponse<ReadableHttpResponse>();
    return next.handle().pipe(
      map((issued) => {
        response.header('x-authority-version', String(issued.authority.version));
        appendCookies(response, issuedCookies(this.cookies, issued));
        return issuedAnswer(issued);
      }),
    );
  }
}
