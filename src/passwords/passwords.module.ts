import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { GuessedPasswords } from './guessed-passwords';
import { HashWorkers } from './hash-workers';
import { PasswordPolicy } from './password-policy';
import { PasswordsService } from './passwords.service';
import { PepperCheck } from './pepper-check';
import { Peppers } from './peppers';
import { StrengthMeter } from './strength-meter';

/** Password hashing and policy; options and clock come from the global modules. */
@Module({
  imports: [AccountsModule, ThrottlingModule],
  providers: [
    GuessedPasswords,
    HashWorkers,
    PasswordPolicy,
    PasswordsService,
    PepperCheck,
    Peppers,
    StrengthMeter,
  ],
  exports: [GuessedPasswords, PasswordsService],
})
export class PasswordsModule {}
