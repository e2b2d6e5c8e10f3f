import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { ReadableHttpResponse } from '@portcullis/nest';
import { map, type Observable } from 'rxjs';
import { documentOf, type Page } from './page';
import { setPageHeaders } from './page-headers';

/** Answers with a page. */
@Injectable()
export class PageInterceptor implements NestInterceptor<Page, string> {
  intercept(context: ExecutionContext, next: CallHandler<Page>): Observable<string> {
    const response = context.switchToHttp().getResponse<ReadableHttpResponse>();
    return next.handle().pipe(
      map((page) => {
        setPageHeaders(response);
        return documentOf(page);
      }),
    );
  }
}
