import { Catch, Injectable, type ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  ERROR_CODES,
  isAuthError,
  ProblemFilter,
  RequestReader,
  safeReturnTo,
  sentFormOf,
  type AuthError,
  type AuthErrorCode,
  type HttpRequest,
  type ReadableHttpResponse,
} from '@portcullis/nest';
import { html } from './html';
import { documentOf } from './page';
import { HTML_TYPE, setPageHeaders } from './page-headers';
import { HOME_PAGE, LOGIN_PAGE } from './paths';
import { backWith } from './refusal';

/** What is said to people in the place of the title of a code, which is for programs. */
const WORDS: Partial<Record<AuthErrorCode, string>> = {
  forbidden: 'Your account may not do this. Ask whoever administers it for access.',
  csrf_failed: 'The page was open for too long, or belongs to another sign-in. Load it again.',
  origin_refused: 'The form was not sent from a page of this server.',
};

/**
 * Answers people with a page, or with the way to sign in and back, and programs as the API does. Browsers
 * ask for HTML by name where somebody looks at the answer. A form that says where it came from leads back
 * there with the reason, so that pages which another server makes need none of ours.
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
    if (isAuthError(thrown) && thrown.status < 500) {
      const returnTo = sentFormOf(request)?.get('returnTo');
      const page =
        thrown.status === 401 ? toLogin(request, returnTo) : backWith(thrown.code, returnTo);
      if (page !== undefined) {
        forbidStoring(response);
        this.host.httpAdapter.redirect(response, 303, page);
        return;
      }
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
}

/** The login page, which leads back to the page that was asked for; a form that came too late is not sent again. */
function toLogin({ method, url }: HttpRequest, returnTo: string | undefined): string {
  const wanted = safeReturnTo(method === 'GET' ? url : returnTo);
  return `${LOGIN_PAGE}?${new URLSearchParams({ returnTo: wanted ?? HOME_PAGE }).toString()}`;
}

/** Whoever asks again may be somebody else by then (SS-11). */
function forbidStoring(response: ReadableHttpResponse): void {
  response.header('cache-control', 'no-store');
  response.header('vary', 'Cookie');
}

function asksForHtml({ headers }: HttpRequest): boolean {
  return headers.accept?.includes('text/html') ?? false;
}
