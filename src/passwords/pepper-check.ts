import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AccountsService } from '../accounts/accounts.service';
import { ConfigurationError } from '../errors/configuration-error';
import { Peppers } from './peppers';
import { readScheme } from './stored-hash';

/** Refuses to boot without a pepper that stored hashes need: their owners could not sign in. */
@Injectable()
export class PepperCheck implements OnApplicationBootstrap {
  constructor(
    private readonly accounts: AccountsService,
    private readonly peppers: Peppers,
  ) {}

  /** @throws ConfigurationError naming the missing versions */
  async onApplicationBootstrap(): Promise<void> {
    const schemes = await this.accounts.passwordSchemes();
    const missing = schemes
      .map((scheme) => readScheme(scheme)?.pepperVersion)
      .filter((version) => version !== undefined)
      .filter((version) => !this.peppers.has(version));
    if (missing.length === 0) return;
    throw new ConfigurationError(
      [...new Set(missing)].map((version) => ({
        option: 'passwordPeppers',
        bound: `a list that also holds version ${version}`,
        reason: 'stored password hashes were made with it and cannot be verified without it',
      })),
    );
  }
}
