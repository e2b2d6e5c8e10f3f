import { Injectable } from '@nestjs/common';
import type { ActedBy, NewAccount } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import { parseDisplayName } from '../accounts/display-name';
import { parseEmailAddress } from '../accounts/email-address';
import type { Tx } from '../database/database';
import { PasswordsService } from '../passwords/passwords.service';

/** What an account is made from, as it was typed. */
export interface AccountRequest {
  readonly email: string;
  /** Exactly as chosen. */
  readonly password: string;
  readonly displayName?: string;
  /** Whether the address is known to belong to the person. */
  readonly emailVerified: boolean;
}

/** Who asks for an account, and from where. */
export interface RequestedBy extends ActedBy {
  /** The network source, where a stranger asks; its hashes then wait among those of strangers. */
  readonly source?: string;
}

/**
 * Makes accounts with a password.
 *
 * @publicApi
 */
@Injectable()
export class AccountCreation {
  constructor(
    private readonly accounts: AccountsService,
    private readonly passwords: PasswordsService,
  ) {}

  /**
   * Makes an account from an address and a password.
   *
   * The answer tells whether the address was taken: a route that strangers reach must answer alike
   * either way.
   *
   * @throws AuthError `validation_failed`, `password_policy`, `overloaded`, or `conflict` when the
   *   address belongs to an account
   */
  async create(
    request: AccountRequest,
    requestedBy: RequestedBy = {},
  ): Promise<{ readonly id: string }> {
    return this.store(await this.prepare(request, requestedBy));
  }

  /**
   * Reads and judges what was typed, and hashes the password: all the slow work, before a transaction
   * begins.
   *
   * @internal
   */
  async prepare(request: AccountRequest, requestedBy: RequestedBy = {}): Promise<NewAccount> {
    const email = parseEmailAddress(request.email);
    const displayName =
      request.displayName === undefined ? undefined : parseDisplayName(request.displayName);
    await this.passwords.assertAcceptable(request.password, { email: email.address, displayName });
    const { actorId, origin, source } = requestedBy;
    const passwordHash = await this.passwords.hash(request.password, {
      source: source ?? actorId ?? 'operator',
      priority: source === undefined ? 'known' : 'unknown',
    });
    return {
      email,
      displayName,
      passwordHash,
      emailVerified: request.emailVerified,
      actorId,
      origin,
    };
  }

  /** @internal */
  store(account: NewAccount, tx?: Tx): Promise<{ readonly id: string }> {
    return this.accounts.create(account, tx);
  }
}
