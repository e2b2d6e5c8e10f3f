import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module';
import { AuditModule } from '../audit/audit.module';
import { PasswordsModule } from '../passwords/passwords.module';
import { SessionsModule } from '../sessions/sessions.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { PasswordChangeService } from './password-change.service';
import { PasswordController } from './password.controller';

@Module({
  imports: [AccountsModule, AuditModule, PasswordsModule, SessionsModule, ThrottlingModule],
  controllers: [PasswordController],
  providers: [PasswordChangeService],
  exports: [PasswordChangeService],
})
export class RecoveryModule {}
