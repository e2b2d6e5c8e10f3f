import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { appendCookies } from '../requests/cookies';
import type { ReadableHttpResponse } from '../requests/http-request';
import type { IssuedSession } from './issued-session';
import { tokenAnswer, type TokenAnswer } from './session-answer';
import { SessionCookies } from './session-cookies';

/** Gives the tokens of a login or refresh to the transport of their session. */
@Injectable()
export class SessionAnswerInterceptor implements NestInterceptor<IssuedSession, TokenAnswer> {
  constructor(private readonly cookies: SessionCookies) {}

  intercept(context: ExecutionContext, next: CallHandler<IssuedSession>): Observable<TokenAnswer> {
    const response = context.switchToHttp().getResponse<ReadableHttpResponse>();
    return next.handle().pipe(
      map((issued) => {
        response.header('x-authority-version', String(issued.authority.version));
        if (issued.session.transport === 'cookie')
          appendCookies(response, this.cookies.issue(issued));
        return tokenAnswer(issued);
      }),
    );
  }
}
