import { AuthError, type FieldError } from '@portcullis/client';
import type { Invoice } from '../../shared/invoice-parts';
import { API, auth } from './auth';

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/** What an invoice is written with. */
export interface NewInvoice {
  readonly number: string;
  readonly customer: string;
  readonly amountCents: number;
  readonly currency: string;
}

/** Count and sum of the invoices of one currency and status. */
export interface InvoiceTotal {
  readonly currency: string;
  readonly status: Invoice['status'];
  readonly count: number;
  readonly amountCents: number;
}

/** An account, as the administration shows it. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly displayName: string | null;
  readonly status: 'active' | 'disabled';
}

/** A role that an account holds. */
export interface Assignment {
  readonly id: string;
  readonly accountId: string;
  readonly role: string;
}

/** A role that may be given. */
export interface RoleItem {
  readonly id: string;
  readonly name: string;
}

/** The reference API. Everything fails with an {@link AuthError}, whose code says what to tell the person. */
export const api = {
  invoices(
    query: { readonly status?: string | undefined; readonly cursor?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Page<Invoice>> {
    const parameters = new URLSearchParams({ limit: '25' });
    if (query.status !== undefined) parameters.set('status', query.status);
    if (query.cursor !== undefined) parameters.set('cursor', query.cursor);
    return get(`/invoices?${parameters}`, signal);
  },
  invoice: (id: string, signal?: AbortSignal): Promise<Invoice> =>
    get(`/invoices/${encodeURIComponent(id)}`, signal),
  create: (invoice: NewInvoice): Promise<Invoice> => send('POST', '/invoices', invoice),
  approve: (id: string): Promise<Invoice> =>
    send('POST', `/invoices/${encodeURIComponent(id)}/approve`),
  totals: async (signal?: AbortSignal): Promise<readonly InvoiceTotal[]> =>
    (await get<{ readonly totals: readonly InvoiceTotal[] }>('/reports/summary', signal)).totals,
  people: (signal?: AbortSignal): Promise<Page<Person>> => get('/admin/users?limit=100', signal),
  assignments: (signal?: AbortSignal): Promise<Page<Assignment>> =>
    get('/admin/assignments?limit=100', signal),
  roles: (signal?: AbortSignal): Promise<Page<RoleItem>> => get('/admin/roles?limit=100', signal),
  assign: (accountId: string, roleId: string): Promise<Assignment> =>
    send('POST', '/admin/assignments', { accountId, roleId }),
  unassign: (id: string): Promise<undefined> =>
    send('DELETE', `/admin/assignments/${encodeURIComponent(id)}`),
};

function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return call(path, signal === undefined ? {} : { signal });
}

function send<Answer>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> {
  return call(path, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
}

async function call<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const response = await auth.fetch(API + path, init).catch((error: unknown) => {
    throw reached(error);
  });
  if (response.status === 204) return undefined as Answer;
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  const body: unknown = isJson ? await response.json() : undefined;
  if (response.ok && isJson) return body as Answer;
  throw refusal(response, body);
}

/** A request that got no answer; one that was broken off on purpose stays what it is. */
function reached(error: unknown): unknown {
  if (error instanceof AuthError || (error as Error).name === 'AbortError') return error;
  return new AuthError({ code: navigator.onLine ? 'network' : 'offline', cause: error });
}

/** Problem documents (RFC 9457) name their code; a proxy in between does not. */
function refusal(response: Response, body: unknown): AuthError {
  const problem = (body ?? {}) as {
    readonly code?: string;
    readonly requestId?: string;
    readonly errors?: readonly FieldError[];
  };
  const retryAfter = response.headers.get('retry-after');
  return new AuthError({
    code: problem.code ?? 'protocol',
    status: response.status,
    requestId: problem.requestId,
    fields: problem.errors,
    retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
  });
}
