import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { appendCookies } from '../requests/cookies';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import type { LogoutScope } from './logout.service';
import { SessionCookies } from '../sessions/session-cookies';

/** Clears the cookies of a browser whose own session ended, with the attributes they were set with (CK-15). */
@Injectable()
export class LogoutAnswerInterceptor implements NestInterceptor<LogoutScope, void> {
  constructor(private readonly cookies: SessionCookies) {}

  intercept(context: ExecutionContext, next: CallHandler<LogoutScope>): Observable<void> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((scope) => {
        const ended = scope !== 'others' && this.cookies.present(http.getRequest<HttpRequest>());
        if (ended) appendCookies(http.getResponse<ReadableHttpResponse>(), this.cookies.clear());
      }),
    );
  }
}
