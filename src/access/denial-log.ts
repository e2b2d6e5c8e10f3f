import { Injectable, Logger, type ExecutionContext } from '@nestjs/common';
import { newId } from '../database/identifiers';
import { httpRequestOf } from '../requests/execution';
import { RequestReader } from '../requests/request-info';
import type { Principal } from '../route-access/principal';
import { printableRequirement } from '../route-access/printable-requirement';
import type { AccessProblem, Requirement } from '../route-access/route-access';

/**
 * Says in one line who was denied what (AZ-13). The answer to the client says nothing of it but the
 * code.
 */
@Injectable()
export class DenialLog {
  readonly #logger = new Logger('DenialLog');

  constructor(private readonly requests: RequestReader) {}

  record(
    context: ExecutionContext,
    { accountId, sessionId, tenantId }: Principal,
    required: Requirement | readonly AccessProblem[] | 'tenant',
  ): void {
    const decision = {
      event: 'authz_fail',
      decisionId: newId(),
      requestId: this.#requestId(context),
      accountId,
      sessionId,
      tenantId,
      route: `${context.getClass().name}.${context.getHandler().name}`,
      required:
        typeof required === 'object' && 'kind' in required
          ? printableRequirement(required)
          : required,
    };
    this.#logger.warn(JSON.stringify(decision));
  }

  #requestId(context: ExecutionContext): string | undefined {
    const request = httpRequestOf(context);
    return request && this.requests.read(request).requestId;
  }
}
