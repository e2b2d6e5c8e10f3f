import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Transport } from '../sessions/session';
import type { RefreshToken } from '../tokens/refresh-token';

/** A refresh token that we made, and the transport it came by. */
export interface PresentedRefreshToken extends RefreshToken {
  readonly transport: Transport;
}

const presented = new WeakMap<object, PresentedRefreshToken>();

export function setPresentedRefreshToken(request: object, token: PresentedRefreshToken): void {
  presented.set(request, token);
}

export function presentedRefreshTokenOf(request: object): PresentedRefreshToken | undefined {
  return presented.get(request);
}

/** The refresh token that {@link RefreshTokenGuard} found authentic. */
export const PresentedToken = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  presentedRefreshTokenOf(context.switchToHttp().getRequest<object>()),
);
