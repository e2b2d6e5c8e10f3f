import { Catch, Injectable, type ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  ERROR_CODES,
  isAuthError,
  ProblemFilter,
  RequestReader,
  safeReturnTo,
  type AuthError,
  type AuthErrorCode,
  type HttpRequest,
  type ReadableHttpResponse,
} from '@portcullis/nest';
import { html } from './html';
import { documentOf } from './page';
import { HTML_TYPE, setPageHeaders } from './page-headers';
import { HOME_PAGE, LOGIN_PAGE } from './paths';

/** What is said to people in the place of the title of a code, which is for programs. */
const WORDS: Partial<Record<AuthErrorCode, string>> = {
  forbidden: 'Your account may not do this. Ask whoever administers it for access.',
  csrf_failed: 'The page was open for too long, or belongs to another sign-in. Load it again.',
  origin_refused: 'The form was not sent from a page of this server.',
};

/**
 * Answers people with a page, or with the way to sign in and back, and programs as the API does. Browsers
 * ask for HTML by name where somebody looks at the answer.
 */
@Catch()
@Injectable()
export class PageFilter extends ProblemFilter {
  constructor(
    private readonly host: HttpAdapterHost,
    requests: RequestReader,
    private readonly problems: ProblemFilter,
  ) {
    super(host, requests);
  }

  override catch(thrown: unknown, host: ArgumentsHost): ReturnType<ProblemFilter['catch']> {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    if (!asksForHtml(request)) return this.problems.catch(thrown, host);
    const response = http.getResponse<ReadableHttpResponse>();
    if (isAuthError(thrown) && thrown.status === 401) {
      this.#toLogin(request, response);
      return;
    }
    setPageHeaders(response);
    return super.catch(thrown, host);
  }

  protected override render(
    { code, detail }: AuthError,
    requestId: string,
  ): ReturnType<ProblemFilter['render']> {
    const words = detail ?? WORDS[code] ?? `${ERROR_CODES[code].title}.`;
    const content = html`<p>${words}</p>
      <p><a href="${HOME_PAGE}">The invoices</a> · <a href="${LOGIN_PAGE}">Sign in anew</a></p>
      <p class="soft">Request ${requestId}</p>`;
    return { contentType: HTML_TYPE, body: documentOf({ title: 'That did not work', content }) };
  }

  /** Back to the page that was asked for; a form that came too late is not sent again. */
  #toLogin({ method, url }: HttpRequest, response: ReadableHttpResponse): void {
    const wanted = method === 'GET' ? safeReturnTo(url) : undefined;
    const query = new URLSearchParams({ returnTo: wanted ?? HOME_PAGE });
    response.header('vary', 'Cookie');
    this.host.httpAdapter.redirect(response, 303, `${LOGIN_PAGE}?${query.toString()}`);
  }
}

function asksForHtml({ headers }: HttpRequest): boolean {
  return headers.accept?.includes('text/html') ?? false;
}
