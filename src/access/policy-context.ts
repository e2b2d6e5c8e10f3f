import type { ExecutionContext } from '@nestjs/common';
import { httpRequestOf, transportOf } from '../requests/execution';
import type { PolicyContext } from '../route-access/policy';

interface RoutedRequest {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

type Input = Pick<PolicyContext, 'params' | 'query' | 'body'>;

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

/** What policies are asked about; undefined in a context of a kind that we do not know. */
export function policyContextOf(execution: ExecutionContext): PolicyContext | undefined {
  const transport = transportOf(execution);
  switch (transport) {
    case undefined:
      return undefined;
    case 'http':
      return { transport, execution, ...inputOfRequest(httpRequestOf(execution) ?? {}) };
    case 'graphql':
      return {
        transport,
        execution,
        params: recordOf(execution.getArgs<unknown[]>()[1]),
        query: NOTHING,
        body: undefined,
      };
    case 'ws':
      return { transport, execution, ...inputOfMessage(execution.switchToWs().getData()) };
    case 'rpc':
      return { transport, execution, ...inputOfMessage(execution.switchToRpc().getData()) };
  }
}

function inputOfRequest({ params, query, body }: RoutedRequest): Input {
  return { params: recordOf(params), query: recordOf(query), body };
}

function inputOfMessage(data: unknown): Input {
  return { params: recordOf(data), query: NOTHING, body: data };
}

/** A policy may read members without a look at what was sent; lists have none that it could mean. */
function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : NOTHING;
}
