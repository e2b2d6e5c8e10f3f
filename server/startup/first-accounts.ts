import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  AccountCreation,
  AccountsService,
  AssignmentsService,
  Bootstrap,
  ConfigurationError,
  isAuthError,
} from '@portcullis/nest';
import { DataSource } from 'typeorm';
import { ServerEnvironment } from '../env';
import { DemoAccountEntity } from './demo-account.entity';

/** What a start found and made. */
export interface FirstAccountsOutcome {
  readonly accounts: readonly FirstAccount[];
  /** Whether the environment names an administrator and an earlier start had made one. */
  readonly administratorIgnored: boolean;
}

/** An account that exists after the start, for the words printed then. */
export interface FirstAccount {
  readonly email: string;
  readonly role: 'administrator' | 'clerk' | 'approver';
  /** Only on the start that generated it. */
  readonly password?: string;
}

const DEMO_ACCOUNTS = [
  { email: 'clerk@example.test', role: 'clerk', displayName: 'Demo clerk' },
  { email: 'approver@example.test', role: 'approver', displayName: 'Demo approver' },
] as const;

/** Makes the accounts that a new installation starts with. Their passwords are never stored. */
@Injectable()
export class FirstAccounts {
  constructor(
    private readonly bootstrap: Bootstrap,
    private readonly creation: AccountCreation,
    private readonly accounts: AccountsService,
    private readonly assignments: AssignmentsService,
    private readonly dataSource: DataSource,
    @Inject(ServerEnvironment) private readonly environment: ServerEnvironment,
  ) {}

  /** Idempotent; of several processes that start at once, one makes each account. */
  async make(): Promise<FirstAccountsOutcome> {
    const { administrator, ignored } = await this.#administrator();
    const accounts = administrator === undefined ? [] : [administrator];
    if (!this.environment.isProduction) {
      for (const demo of DEMO_ACCOUNTS) accounts.push(await this.#demo(demo));
    }
    return { accounts, administratorIgnored: ignored };
  }

  /** The library lets this happen once in the life of a database (LG-11). */
  async #administrator(): Promise<{ administrator?: FirstAccount; ignored: boolean }> {
    const { email, password: given, isGiven } = this.environment.administrator;
    const password = given ?? randomPassword();
    const { created, accountId } = await this.bootstrap
      .createFirstAdministrator({ email, password })
      .catch((error: unknown) => {
        throw explained(error);
      });
    const role = 'administrator';
    if (created) {
      const administrator = { email, role, ...(given === undefined ? { password } : {}) } as const;
      return { administrator, ignored: false };
    }
    // Whom an earlier start made, under whatever address; nobody, where the account is gone since.
    const found = await this.accounts.findById(accountId);
    return {
      ...(found === undefined ? {} : { administrator: { email: found.email, role } }),
      ignored: isGiven,
    };
  }

  async #demo({ email, role, displayName }: (typeof DEMO_ACCOUNTS)[number]): Promise<FirstAccount> {
    const made = this.dataSource.getRepository(DemoAccountEntity);
    if (await made.existsBy({ email })) return { email, role };
    const password = randomPassword();
    try {
      const account = { email, password, displayName, emailVerified: true };
      const { id } = await this.creation.create(account);
      await this.assignments.assign({ accountId: id, role, reason: 'demo account' });
    } catch (error) {
      if (isAuthError(error) && error.code === 'conflict') return { email, role };
      throw error;
    }
    await made.insert({ email });
    return { email, role, password };
  }
}

/** A password that the policy refuses is the operator's to change, not an error of ours. */
function explained(error: unknown): unknown {
  if (!isAuthError(error) || error.code !== 'password_policy') return error;
  const rules = (error.errors ?? []).map(({ message }) => message).join('; ');
  return new ConfigurationError([
    {
      option: 'PORTCULLIS_ADMIN_PASSWORD',
      bound: 'a password that the policy accepts',
      reason: `it ${rules}`,
    },
  ]);
}

/** 144 random bits, far beyond any policy. */
function randomPassword(): string {
  return randomBytes(18).toString('base64url');
}
