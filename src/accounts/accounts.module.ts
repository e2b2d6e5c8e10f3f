import { Module } from '@nestjs/common';
import { AccountsRepository } from './accounts.repository';
import { AccountsService } from './accounts.service';

/** Accounts; the database comes from the global modules. */
@Module({ providers: [AccountsRepository, AccountsService], exports: [AccountsService] })
export class AccountsModule {}
