import { Injectable } from '@nestjs/common';
import { DelegationService } from '../access/delegation.service';
import type { Account } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import { parseDisplayName } from '../accounts/display-name';
import { parseEmailAddress } from '../accounts/email-address';
import type { PageRequest } from '../database/page';
import { UnitOfWork } from '../database/unit-of-work';
import { SessionAdministration } from '../sessions/session-administration.service';
import type { Caller } from './caller';
import type {
  CreateUserDto,
  ListUsersDto,
  UpdateUserDto,
  UserAnswer,
  UserPageAnswer,
  UserSessionPageAnswer,
} from './users.dto';

/** The accounts and their sessions, as far as a caller sees. */
@Injectable()
export class UserAdministration {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionAdministration,
    private readonly delegation: DelegationService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async list(query: ListUsersDto, { scope }: Caller): Promise<UserPageAnswer> {
    const { items, nextCursor } = await this.accounts.list(query, scope);
    return { items: items.map(userAnswer), nextCursor };
  }

  /** @throws AuthError `not_found` */
  async get(id: string, { scope }: Caller): Promise<UserAnswer> {
    return userAnswer(await this.accounts.get(id, scope));
  }

  /**
   * Makes an account without a password.
   *
   * @throws AuthError `validation_failed`, `conflict` when the address belongs to an account
   */
  async create({ email, displayName }: CreateUserDto, caller: Caller): Promise<UserAnswer> {
    const { actorId, origin } = caller.by;
    const { id } = await this.accounts.create({
      email: parseEmailAddress(email),
      displayName: displayName === undefined ? undefined : parseDisplayName(displayName),
      emailVerified: false,
      actorId,
      origin,
    });
    return this.get(id, caller);
  }

  /** @throws AuthError `not_found`, `validation_failed` */
  async update(
    id: string,
    { displayName }: UpdateUserDto,
    { by, scope }: Caller,
  ): Promise<UserAnswer> {
    return userAnswer(await this.accounts.update(id, { displayName }, by, scope));
  }

  /** @throws AuthError `not_found` */
  async sessionsOf(
    id: string,
    query: PageRequest,
    { scope }: Caller,
  ): Promise<UserSessionPageAnswer> {
    await this.accounts.get(id, scope);
    return this.sessions.listOf(id, query, scope);
  }

  /** @throws AuthError `not_found`, `forbidden` when the account stands above the caller */
  async endSessions(id: string, caller: Caller): Promise<void> {
    await this.#assertMayEnd(id, caller);
    await this.sessions.revokeAllOf(id, caller.by, caller.scope);
  }

  /** @throws AuthError as {@link endSessions}, `not_found` also for a session of somebody else */
  async endSession(id: string, sessionId: string, caller: Caller): Promise<void> {
    await this.#assertMayEnd(id, caller);
    await this.sessions.revokeOne(id, sessionId, caller.by, caller.scope);
  }

  /** First whether the caller sees the account: otherwise a refusal would tell that it exists (AD-1). */
  async #assertMayEnd(id: string, { by, scope }: Caller): Promise<void> {
    await this.accounts.get(id, scope);
    const { actorId, activation } = by;
    const delegation = { actorId, activation, tenantId: scope.tenantId };
    await this.unitOfWork.run((tx) => this.delegation.assertNotAbove(delegation, id, tx));
  }
}

/** By name, so that what an account comes to carry later shows nowhere by itself (AZ-4). */
function userAnswer(account: Account): UserAnswer {
  const { id, email, emailVerifiedAt, displayName, status, createdAt } = account;
  const emailVerified = emailVerifiedAt !== undefined;
  return { id, email, emailVerified, displayName: displayName ?? null, status, createdAt };
}
