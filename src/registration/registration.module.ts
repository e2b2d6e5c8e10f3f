import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { AccountsModule } from '../accounts/accounts.module';
import { AuditModule } from '../audit/audit.module';
import { PasswordsModule } from '../passwords/passwords.module';
import { AccountCreation } from './account-creation.service';
import { BootstrapRepository } from './bootstrap.repository';
import { Bootstrap } from './bootstrap.service';

/** How accounts come into being. */
@Module({
  imports: [AccessModule, AccountsModule, AuditModule, PasswordsModule],
  providers: [AccountCreation, Bootstrap, BootstrapRepository],
  exports: [AccountCreation, Bootstrap],
})
export class RegistrationModule {}
