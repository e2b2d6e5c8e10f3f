import type { ExecutionContext } from '@nestjs/common';
import type { HttpRequest, HttpResponse } from './http-request';

/** The kinds of execution context in which access can be decided. @publicApi */
export type Transport = 'http' | 'graphql' | 'ws' | 'rpc';

type SentResponse = HttpResponse & { readonly headersSent?: boolean; readonly sent?: boolean };

/** How a handler was reached; undefined for a context we do not know, where everything is denied (AZ-14). */
export function transportOf(context: Pick<ExecutionContext, 'getType'>): Transport | undefined {
  const type = context.getType<string>();
  return type === 'http' || type === 'graphql' || type === 'ws' || type === 'rpc'
    ? type
    : undefined;
}

/**
 * What the principal of a call is attached to: the HTTP request (under GraphQL too), the socket of a
 * WebSocket, the call's own context object of an RPC handler. Undefined where there is none.
 */
export function carrierOf(
  context: Pick<ExecutionContext, 'getType' | 'getArgs'>,
): object | undefined {
  switch (transportOf(context)) {
    case 'http':
    case 'graphql':
      return httpRequestOf(context);
    case 'ws':
      return asObject(context.getArgs<unknown[]>()[0]);
    case 'rpc':
      return rpcCallOf(context);
    case undefined:
      return undefined;
  }
}

/** The HTTP request that a handler answers, of a route or of a GraphQL operation. */
export function httpRequestOf(
  context: Pick<ExecutionContext, 'getType' | 'getArgs'>,
): HttpRequest | undefined {
  const args = context.getArgs<unknown[]>();
  switch (transportOf(context)) {
    // Contexts that name no type of their own say `http`, so what is no request must not pass for one.
    case 'http':
      return asRequest(args[0]);
    case 'graphql': {
      const value = asObject(args[2]);
      return asRequest(value?.['req']) ?? asRequest(value?.['request']);
    }
    default:
      return undefined;
  }
}

/** The HTTP response under way, while headers can still be written to it. */
export function httpResponseOf(
  context: Pick<ExecutionContext, 'getType' | 'getArgs'>,
): HttpResponse | undefined {
  const args = context.getArgs<unknown[]>();
  switch (transportOf(context)) {
    case 'http':
      return asResponse(args[1]);
    case 'graphql': {
      const value = asObject(args[2]);
      return asResponse(value?.['res']) ?? asResponse(value?.['reply']);
    }
    default:
      return undefined;
  }
}

/**
 * Transports hand a handler its data and an object about this one message; only a custom one may
 * leave the second out, and then data that is an object is all that belongs to the message alone.
 */
function rpcCallOf(context: Pick<ExecutionContext, 'getArgs'>): object | undefined {
  const [data, call] = context.getArgs<unknown[]>();
  return asObject(call) ?? asObject(data);
}

function asRequest(value: unknown): HttpRequest | undefined {
  const request = asObject(value);
  return asObject(request?.['headers']) && (request as unknown as HttpRequest);
}

function asResponse(value: unknown): HttpResponse | undefined {
  const response = asObject(value) as Partial<SentResponse> | undefined;
  if (typeof response?.header !== 'function') return undefined;
  if (response.headersSent === true || response.sent === true) return undefined;
  return response as HttpResponse;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined;
}
