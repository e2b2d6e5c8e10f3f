import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { keysetOf, pageOf, type Page } from '../database/page';
import { canMatch, type TenantScope } from '../database/tenant-scope';
import { AuthError } from '../errors/auth-error';
import type {
  Account,
  AccountChanges,
  AccountCredential,
  AccountsQuery,
  AccountStatus,
  ActedBy,
  NewAccount,
  PasswordReplacement,
} from './account';
import { AccountsRepository } from './accounts.repository';
import { parseDisplayName } from './display-name';
import { emailKeyPrefix } from './email-address';

const STATUSES: readonly unknown[] = ['active', 'disabled'] satisfies AccountStatus[];

/** The accounts: their addresses, their status, and the hash of their password. */
@Injectable()
export class AccountsService {
  constructor(private readonly accounts: AccountsRepository) {}

  /**
   * Makes an account, together with its audit event. Of concurrent calls for one address, in whatever
   * spelling, exactly one wins.
   *
   * @throws AuthError `conflict` when the address belongs to an account
   */
  async create(account: NewAccount, tx?: Tx): Promise<{ readonly id: string }> {
    const id = await this.accounts.insert(account, tx);
    if (id === undefined) {
      throw new AuthError('conflict', { detail: 'An account with this e-mail address exists.' });
    }
    return { id };
  }

  /**
   * The accounts that a caller sees, the newest first. Filters that nothing can match give an empty page.
   *
   * @throws AuthError `validation_failed` for a limit or cursor that is none
   */
  async list(query: AccountsQuery, scope: TenantScope): Promise<Page<Account>> {
    const keyset = keysetOf(query);
    const { q, status } = query;
    const { tenantId } = scope;
    const prefix = q === undefined ? undefined : emailKeyPrefix(q);
    const isAskable =
      canMatch(tenantId) &&
      (q === undefined || prefix !== undefined) &&
      (status === undefined || STATUSES.includes(status));
    if (!isAskable) return pageOf([], keyset);
    return pageOf(
      await this.accounts.list({ emailKeyPrefix: prefix, status, tenantId }, keyset),
      keyset,
    );
  }

  /** @throws AuthError `not_found` also for accounts outside the scope */
  async get(id: string, scope: TenantScope): Promise<Account> {
    const found =
      isId(id) && canMatch(scope.tenantId)
        ? await this.accounts.findWithin(id, scope.tenantId)
        : undefined;
    if (found === undefined) throw new AuthError('not_found');
    return found;
  }

  /**
   * Changes what people see of an account, with its audit event; without a change it only reads.
   *
   * @returns the account as it is then
   * @throws AuthError `not_found` also for accounts outside the scope, `validation_failed`
   */
  async update(
    id: string,
    { displayName }: AccountChanges,
    by: ActedBy,
    scope: TenantScope,
  ): Promise<Account> {
    if (displayName === undefined) return this.get(id, scope);
    const name = displayName === null ? null : parseDisplayName(displayName);
    const { actorId, origin } = by;
    const changed =
      isId(id) && canMatch(scope.tenantId)
        ? await this.accounts.update({
            accountId: id,
            tenantId: scope.tenantId,
            displayName: name,
            actorId,
            origin,
          })
        : undefined;
    if (changed === undefined) throw new AuthError('not_found');
    return changed;
  }

  findById(id: string, tx?: Tx): Promise<Account | undefined> {
    return this.accounts.findById(id, tx);
  }

  /** Finds an account by `EmailAddress.key`, never by an address as it was typed (RC-14). */
  findByEmailKey(key: string, tx?: Tx): Promise<Account | undefined> {
    return this.accounts.findByEmailKey(key, tx);
  }

  /** What the account's password is verified against. */
  findCredential(id: string, tx?: Tx): Promise<AccountCredential | undefined> {
    return this.accounts.findCredential(id, tx);
  }

  /**
   * Stores another hash of the same password, unless it was changed in the meantime. Sessions stay.
   *
   * @returns whether the expected hash was still there
   */
  replacePasswordHash(replacement: PasswordReplacement, tx?: Tx): Promise<boolean> {
    return this.accounts.replacePasswordHash(replacement, tx);
  }

  /**
   * Stores the hash of another password and raises the security epoch, which ends every session
   * that does not get the new epoch in the same transaction. It is the first statement of that
   * transaction; the caller updates the sessions in a second one and writes the change row, because
   * it knows which session stays.
   *
   * @returns undefined when the account is not active or its hash is no longer the expected one
   */
  async changePassword(
    replacement: PasswordReplacement,
    tx: Tx,
  ): Promise<{ readonly epoch: number } | undefined> {
    const epoch = await this.accounts.changePassword(replacement, tx);
    return epoch === undefined ? undefined : { epoch };
  }

  /**
   * Raises the security epoch, which refuses every session and access token of the account. It is the
   * first statement of its transaction; the second ends the sessions and writes the change row.
   *
   * @throws AuthError `not_found`
   */
  async raiseEpoch(accountId: string, tx: Tx): Promise<number> {
    const epoch = await this.accounts.raiseEpoch(accountId, tx);
    if (epoch === undefined) throw new AuthError('not_found');
    return epoch;
  }

  /**
   * Disables or enables an account and raises its security epoch, with the audit event. The caller
   * ends the sessions and writes the change row in a second statement of the same transaction.
   *
   * @returns undefined when there is no such account or it has this status already
   */
  async setStatus(
    change: { readonly accountId: string; readonly status: AccountStatus } & ActedBy,
    tx: Tx,
  ): Promise<{ readonly epoch: number } | undefined> {
    const epoch = await this.accounts.setStatus(change, tx);
    return epoch === undefined ? undefined : { epoch };
  }

  /** The distinct `{scheme;parameters}` of all stored password hashes. Reads every account: for the boot. */
  passwordSchemes(): Promise<readonly string[]> {
    return this.accounts.passwordSchemes();
  }
}
