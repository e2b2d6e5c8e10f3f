import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AccountCreation, AssignmentsService, Bootstrap, isAuthError } from '@portcullis/nest';
import { DataSource } from 'typeorm';
import { ServerEnvironment } from '../env';
import { DemoAccountEntity } from './demo-account.entity';

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
    private readonly accounts: AccountCreation,
    private readonly assignments: AssignmentsService,
    private readonly dataSource: DataSource,
    @Inject(ServerEnvironment) private readonly environment: ServerEnvironment,
  ) {}

  /** Idempotent; of several processes that start at once, one makes each account. */
  async make(): Promise<readonly FirstAccount[]> {
    const accounts = [await this.#administrator()];
    if (this.environment.isProduction) return accounts;
    for (const demo of DEMO_ACCOUNTS) accounts.push(await this.#demo(demo));
    return accounts;
  }

  /** The library lets this happen once in the life of a database (LG-11). */
  async #administrator(): Promise<FirstAccount> {
    const { email, password: given } = this.environment.administrator;
    const password = given ?? randomPassword();
    const { created } = await this.bootstrap.createFirstAdministrator({ email, password });
    const isToBeShown = created && given === undefined;
    return { email, role: 'administrator', ...(isToBeShown ? { password } : {}) };
  }

  async #demo({ email, role, displayName }: (typeof DEMO_ACCOUNTS)[number]): Promise<FirstAccount> {
    const made = this.dataSource.getRepository(DemoAccountEntity);
    if (await made.existsBy({ email })) return { email, role };
    const password = randomPassword();
    try {
      const account = { email, password, displayName, emailVerified: true };
      const { id } = await this.accounts.create(account);
      await this.assignments.assign({ accountId: id, role, reason: 'demo account' });
    } catch (error) {
      if (isAuthError(error) && error.code === 'conflict') return { email, role };
      throw error;
    }
    await made.insert({ email });
    return { email, role, password };
  }
}

/** 144 random bits, far beyond any policy. */
function randomPassword(): string {
  return randomBytes(18).toString('base64url');
}
