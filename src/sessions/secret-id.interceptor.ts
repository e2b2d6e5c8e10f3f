import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { appendCookies } from '../requests/cookies';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import { identifiedSessionOf } from './identified-session';
import { SessionCookies } from './session-cookies';
import type { RenewedSession } from './session-renewals';

/** Gives the browser the new secret id of its session, and answers without a body. */
@Injectable()
export class SecretIdInterceptor implements NestInterceptor<RenewedSession | undefined, void> {
  constructor(private readonly cookies: SessionCookies) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler<RenewedSession | undefined>,
  ): Observable<void> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((renewed) => {
        if (renewed === undefined) return;
        const { session, secretId: secret } = renewed;
        const before = identifiedSessionOf(http.getRequest<HttpRequest>());
        const authorityVersion = before?.authorityVersion ?? 0;
        const cookies = this.cookies.issue({ session, authorityVersion, secret });
        appendCookies(http.getResponse<ReadableHttpResponse>(), cookies);
      }),
    );
  }
}
