import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';

/** The secrets that passwords are keyed with before they are hashed, by version. */
@Injectable()
export class Peppers {
  readonly #secrets: ReadonlyMap<number, string>;
  readonly currentVersion: number;

  constructor(@Inject(ResolvedAuthOptions) { passwordPeppers }: ResolvedAuthOptions) {
    this.#secrets = new Map(passwordPeppers.map(({ version, secret }) => [version, secret]));
    const [current] = passwordPeppers;
    if (current === undefined) throw new TypeError('the options hold at least one pepper');
    this.currentVersion = current.version;
  }

  has(version: number): boolean {
    return this.#secrets.has(version);
  }

  /**
   * What bcrypt gets: 44 characters that depend on every byte of the password, so that none lies
   * beyond the 72 that bcrypt reads (PW-3), keyed, so that leaked fast hashes of other sites cannot
   * be tried against ours (PW-11). Undefined where the pepper is not configured.
   */
  apply(version: number, password: string): string | undefined {
    const secret = this.#secrets.get(version);
    if (secret === undefined) return undefined;
    return createHmac('sha256', secret).update(password, 'utf8').digest('base64');
  }
}
