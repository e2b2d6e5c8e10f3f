import { randomBytes } from 'node:crypto';
import {
  addressOf,
  AuthError,
  createServerAuth,
  expressAuth,
  safeReturnTo,
  type Permission,
  type RequestAuth,
  type ServerSession,
} from '@portcullis/client/server';
import type { SessionListItem } from '@portcullis/client';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Invoice } from '../../shared/invoice-parts';
import { pageHeaders } from './answer-headers';
import { ApiRefusal, read } from './api';
import { awayDocument, documentOf, type Assets } from './document';
import type { Page, SignedInPage } from './page';
import { API, FORGETTING_SHEET, HOME, LOGIN } from './paths';

declare module 'express-serve-static-core' {
  interface Request {
    auth: RequestAuth;
  }
}

/** How the server of the pages is set up. */
export interface SsrOptions {
  /** Where this server reaches the API. */
  readonly apiUrl: string;
  readonly assets: Assets;
}

interface InvoiceList {
  readonly items: readonly Invoice[];
  readonly nextCursor: string | null;
}

type Content = SignedInPage extends infer Each
  ? Each extends SignedInPage
    ? Omit<Each, 'formToken' | 'path' | 'refusal'>
    : never
  : never;

const PAGE_SIZE = 20;

/** The pages. They read; what changes something is a form of the API, which stands beside them. */
export function createSsr({ apiUrl, assets }: SsrOptions): Express {
  const auth = createServerAuth({ baseUrl: `${apiUrl}/auth`, clientAddress: addressOf });

  async function show(
    status: number,
    page: (formToken: string) => Page,
    session: ServerSession | null,
    asked: Request,
    answer: Response,
  ): Promise<void> {
    const { formToken } = await read<{ formToken: string }>(asked, '/auth/form-token');
    const nonce = randomBytes(16).toString('base64');
    const state = auth.initialState(session);
    answer.status(status).set(pageHeaders(nonce)).type('html');
    answer.send(documentOf({ page: page(formToken), state, nonce, assets }));
  }

  /** A page for who is signed in, and holds the permission where it asks for one. */
  const guarded =
    (permission: Permission | undefined, make: (asked: Request) => Promise<Content>) =>
    async (asked: Request, answer: Response): Promise<void> => {
      const session = await asked.auth.getSession();
      if (session === null) {
        // It sends them to the login page, with the way back.
        await asked.auth.requireSession();
        return;
      }
      const [status, content] = await contentOf(session);
      const place = placeOf(asked);
      await show(
        status,
        (formToken) => ({ ...content, ...place, formToken }),
        session,
        asked,
        answer,
      );

      async function contentOf({ permissions }: ServerSession): Promise<[number, Content]> {
        if (permission !== undefined && !permissions.includes(permission)) {
          return [403, { kind: 'forbidden' }];
        }
        try {
          const made = await make(asked);
          return [made.kind === 'notFound' ? 404 : 200, made];
        } catch (error) {
          if (!(error instanceof ApiRefusal)) throw error;
          if (error.status === 403) return [403, { kind: 'forbidden' }];
          // An id that is none names nothing either.
          if (error.status === 404 || error.status === 400) return [404, { kind: 'notFound' }];
          throw error;
        }
      }
    };

  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(expressAuth(auth));
  app.get('/', (_asked, answer) => answer.redirect(303, HOME));
  app.get(FORGETTING_SHEET, (_asked, answer) => {
    answer.set({ 'clear-site-data': '"cache"', 'cache-control': 'no-store' }).type('css').end();
  });
  app.get(LOGIN, async (asked, answer) => {
    const returnTo = safeReturnTo(asked.query['returnTo']);
    const session = await asked.auth.getSession();
    if (session !== null) {
      answer.redirect(303, returnTo ?? HOME);
      return;
    }
    const page = (formToken: string): Page => ({
      kind: 'login',
      formToken,
      returnTo,
      error: refusalIn(asked),
    });
    await show(200, page, null, asked, answer);
  });
  app.get(
    HOME,
    guarded('invoices:read', async (asked) => {
      const status = statusOf(asked.query['status']);
      const { cursor } = asked.query;
      const query = new URLSearchParams({
        limit: String(PAGE_SIZE),
        ...(status !== undefined && { status }),
        ...(typeof cursor === 'string' && { cursor }),
      });
      const list = await read<InvoiceList>(asked, `/invoices?${query.toString()}`);
      return { kind: 'invoices', status, invoices: list.items, nextCursor: list.nextCursor };
    }),
  );
  app.get(
    `${HOME}/:id`,
    guarded('invoices:read', async (asked) => {
      const id = String(asked.params['id']);
      // A segment of dots would name another path of the API.
      if (!/^[\w-]+$/.test(id)) return { kind: 'notFound' };
      return { kind: 'invoice', invoice: await read<Invoice>(asked, `/invoices/${id}`) };
    }),
  );
  app.get(
    '/sessions',
    guarded(undefined, async (asked) => {
      const sessions = await read<SessionListItem[]>(asked, '/auth/sessions');
      return { kind: 'sessions', sessions };
    }),
  );
  app.get(
    '/account',
    guarded(undefined, () => Promise.resolve({ kind: 'account' })),
  );
  // The form routes of the API lead to its own pages; in this example ours take their place.
  app.get('/pages/login', (asked, answer) => answer.redirect(303, LOGIN + queryOf(asked)));
  app.get('/pages/invoices', (asked, answer) => answer.redirect(303, HOME + queryOf(asked)));
  app.get('/pages/:sheet', (asked, answer) => answer.redirect(303, API + asked.path));
  app.get(
    '/*path',
    guarded(undefined, () => Promise.resolve({ kind: 'notFound' })),
  );
  app.use((_asked: Request, answer: Response) => {
    answer.status(405).set('allow', 'GET, HEAD').end();
  });
  app.use((error: unknown, asked: Request, answer: Response, next: NextFunction) => {
    if (answer.headersSent) {
      next(error);
      return;
    }
    // Express could not decode the address.
    if (error instanceof URIError) {
      answer.redirect(303, HOME);
      return;
    }
    // The session ended between two questions to the API.
    if (error instanceof ApiRefusal && error.status === 401) {
      answer.redirect(303, LOGIN);
      return;
    }
    answer
      .status(503)
      .set(pageHeaders('none'))
      .set('retry-after', retryAfterOf(error))
      .type('html');
    answer.send(awayDocument(safeReturnTo(asked.originalUrl) ?? HOME, assets));
  });
  return app;
}

function statusOf(value: unknown): Invoice['status'] | undefined {
  return value === 'draft' || value === 'approved' ? value : undefined;
}

/** Seconds, as the API said them. */
function retryAfterOf(error: unknown): string {
  if (error instanceof ApiRefusal) return error.retryAfter ?? '1';
  const seconds = error instanceof AuthError ? error.retryAfterSeconds : undefined;
  return String(seconds ?? 1);
}

/** Why a form was refused, as the API wrote into the address that it led back to. */
function refusalIn({ query }: Request): string | undefined {
  return typeof query['error'] === 'string' ? query['error'] : undefined;
}

/** The way back to a page, without the reason that it was shown with. */
function placeOf(asked: Request): Pick<SignedInPage, 'path' | 'refusal'> {
  const query = new URLSearchParams(queryOf(asked));
  query.delete('error');
  const path = asked.path + (query.size === 0 ? '' : `?${query.toString()}`);
  return { path, refusal: refusalIn(asked) };
}

function queryOf({ originalUrl }: Request): string {
  const start = originalUrl.indexOf('?');
  return start === -1 ? '' : originalUrl.slice(start);
}
