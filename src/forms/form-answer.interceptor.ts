import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { appendCookies } from '../requests/cookies';
import type { ReadableHttpResponse } from '../requests/http-request';
import type { FormAnswer } from './forms.service';

/** What `@Redirect()` takes. */
interface SeeOther {
  readonly url: string;
  readonly statusCode: 303;
}

/** Sets the cookies of an answer and sends the browser on by GET, so that a reload sends no form again. */
@Injectable()
export class FormAnswerInterceptor implements NestInterceptor<FormAnswer, SeeOther> {
  intercept(context: ExecutionContext, next: CallHandler<FormAnswer>): Observable<SeeOther> {
    const response = context.switchToHttp().getResponse<ReadableHttpResponse>();
    return next.handle().pipe(
      map(({ location, cookies }) => {
        appendCookies(response, cookies);
        return { url: location, statusCode: 303 };
      }),
    );
  }
}
