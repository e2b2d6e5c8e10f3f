import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import { AuthThrottlerStorage } from './auth-throttler-storage';
import { labelsBy } from '../telemetry/labels';
import { Telemetry } from '../telemetry/telemetry';
import { THROTTLED, ThrottleEveryRoute, type ThrottleName } from './throttled';

const refusedBy = labelsBy((limit: ThrottleName) => ({ 'portcullis.throttle.limit': limit }));

/**
 * Limits the requests of one source, before any credential is looked at and without database or
 * Redis.
 *
 * It is the guard of `@nestjs/throttler` with tokens and metadata of our own, so that a host's own
 * `ThrottlerModule`, `@Throttle()` and `@SkipThrottle()` neither reach our routes nor are reached
 * from here.
 *
 * @publicApi
 */
@Injectable()
export class AuthThrottlerGuard extends ThrottlerGuard {
  protected override headerPrefix = 'RateLimit';
  readonly #refusals;

  // Both tokens have to be named: a parameter without @Inject would inherit that of ThrottlerGuard.
  constructor(
    @Inject(ResolvedAuthOptions) private readonly authOptions: ResolvedAuthOptions,
    @Inject(AuthThrottlerStorage) storage: AuthThrottlerStorage,
    reflector: Reflector,
    private readonly requests: RequestReader,
    @Inject(ThrottleEveryRoute) private readonly everyRoute: boolean,
    telemetry: Telemetry,
  ) {
    super(throttlersOf(authOptions), storage, reflector);
    this.#refusals = telemetry.counter('portcullis.throttle.refusals');
  }

  /** @throws AuthError `throttled` */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const name = this.#limitOf(context);
    if (name === undefined || (await this.shouldSkip(context))) return true;
    const { limit, windowSeconds } = this.authOptions.throttling[name];
    const ttl = windowSeconds * 1000;
    return this.handleRequest({
      context,
      limit,
      ttl,
      blockDuration: ttl,
      // A throttler of any other name puts it behind the names of the headers.
      throttler: { name: 'default', limit, ttl },
      getTracker: (request) => this.getTracker(request as unknown as HttpRequest),
      generateKey: (_context, source) => this.generateKey(_context, source, name),
    });
  }

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(context.getType() !== 'http');
  }

  protected override getTracker(request: HttpRequest): Promise<string> {
    return Promise.resolve(this.requests.read(request).source);
  }

  protected override generateKey(_context: ExecutionContext, source: string, name: string): string {
    return `${name}:${source}`;
  }

  protected override throwThrottlingException(
    context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    this.#refusals.add(1, refusedBy(this.#limitOf(context) ?? 'application'));
    const retryAfterSeconds = Math.max(1, timeToBlockExpire);
    return Promise.reject(new AuthError('throttled', { retryAfterSeconds }));
  }

  #limitOf(context: ExecutionContext): ThrottleName | undefined {
    const declaredOn = [context.getHandler(), context.getClass()];
    const declared = this.reflector.getAllAndOverride<ThrottleName | undefined>(
      THROTTLED,
      declaredOn,
    );
    return declared ?? (this.everyRoute ? 'application' : undefined);
  }
}

function throttlersOf({ throttling }: ResolvedAuthOptions) {
  return Object.entries(throttling).map(([name, { limit, windowSeconds }]) => ({
    name,
    limit,
    ttl: windowSeconds * 1000,
  }));
}
