import type { ExecutionContext } from '@nestjs/common';
import type { Transport } from '../requests/execution';
import type { Principal } from './principal';

/**
 * What a policy answers. Exactly `true` admits; everything else denies. `'not_found'` denies with
 * 404, so that the answer does not say that the resource exists.
 *
 * @publicApi
 */
export type PolicyAnswer = boolean | 'not_found';

/**
 * What a policy is asked about, in one shape for every transport. It is input as it was sent: no pipe
 * has converted or checked it yet.
 *
 * @publicApi
 */
export interface PolicyContext {
  readonly transport: Transport;
  /** The path parameters of HTTP, the arguments of a GraphQL field, the data of a message that is an object. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The query parameters of HTTP; empty elsewhere. */
  readonly query: Readonly<Record<string, unknown>>;
  /** The parsed body of HTTP, or the whole data of a message; undefined for GraphQL. */
  readonly body: unknown;
  /** Nest's own view of the call. */
  readonly execution: ExecutionContext;
}

/**
 * A rule about one resource, for example that only its owner may change it. It is an injectable class
 * and a provider of some module, and is asked after roles and permissions held.
 *
 * A policy that throws or rejects denies: an `AuthError` is answered as it is, anything else is logged
 * and answered as `forbidden`.
 *
 * @example
 * \@Injectable()
 * export class OwnInvoice implements AccessPolicy {
 *   constructor(private readonly invoices: Invoices) {}
 *   async check({ accountId }: Principal, { params }: PolicyContext): Promise<PolicyAnswer> {
 *     const invoice = await this.invoices.find(String(params.id));
 *     return invoice === undefined ? 'not_found' : invoice.ownerId === accountId;
 *   }
 * }
 *
 * @publicApi
 */
export interface AccessPolicy {
  check(principal: Principal, context: PolicyContext): PolicyAnswer | Promise<PolicyAnswer>;
}

/**
 * Says who created a resource, for `@FourEyes`: the id of the account; null where nobody is known,
 * which denies; undefined where there is no such resource, which answers 404. It is an injectable
 * class and a provider of some module.
 *
 * @publicApi
 */
export interface CreatorLookup {
  creatorOf(
    context: PolicyContext,
    principal: Principal,
  ): string | null | undefined | Promise<string | null | undefined>;
}

/** The class of an {@link AccessPolicy}, which is also what it is provided under. @publicApi */
export type PolicyClass = abstract new (...args: never[]) => AccessPolicy;

/** The class of a {@link CreatorLookup}, which is also what it is provided under. @publicApi */
export type CreatorClass = abstract new (...args: never[]) => CreatorLookup;
