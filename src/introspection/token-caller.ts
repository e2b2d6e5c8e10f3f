import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ResolvedResourceServer } from '../options/resource-server-options';

/** A foreign resource server that proved who it is. */
export interface ResourceServerCaller {
  readonly kind: 'resource_server';
  readonly server: ResolvedResourceServer;
}

/** An account that may ask about tokens: about those of the tenant it acts in, or without one all. */
export interface AccountCaller {
  readonly kind: 'account';
  readonly tenantId?: string;
}

/** The client that our tokens are issued to. It has no secret: it proves itself by the token it holds. */
export interface HolderCaller {
  readonly kind: 'holder';
  readonly clientId: string;
}

/** What a token endpoint was asked, once its guard found out by whom. */
export interface TokenRequest<Caller> {
  readonly token: string;
  readonly caller: Caller;
}

export type IntrospectionRequest = TokenRequest<ResourceServerCaller | AccountCaller>;
export type RevocationRequest = TokenRequest<ResourceServerCaller | HolderCaller>;

const requests = new WeakMap<object, TokenRequest<unknown>>();

export function setTokenRequest(
  request: object,
  asked: IntrospectionRequest | RevocationRequest,
): void {
  requests.set(request, asked);
}

/** The {@link TokenRequest} of a route, as its guard left it. */
export const Asked = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  requests.get(context.switchToHttp().getRequest<object>()),
);
