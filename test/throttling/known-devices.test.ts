import fc from 'fast-check';
import type { Clock } from '../../src/clock/clock';
import { authenticate, SecretKeys } from '../../src/options/secret-keys';
import { KnownDevices } from '../../src/throttling/known-devices';
import { SECRETS, testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';

const SECONDS_PER_DAY = 86_400;

function devices(secrets: readonly string[] = [SECRETS.first], clock: Clock = new FakeClock()) {
  const options = testOptions({ secrets, guessing: { knownDeviceDays: 30 } });
  return new KnownDevices(new SecretKeys(options), clock, options);
}

const ADA = 'ada@example.org';

describe('the cookie of a known device', () => {
  it('is recognised for the identifier it was issued for and for no other', () => {
    const cookie = devices().issue(ADA);

    expect(devices().recognises(cookie, ADA)).toBe(true);
    expect(devices().recognises(cookie, 'bob@example.org')).toBe(false);
    expect(devices().recognises(cookie, '')).toBe(false);
  });

  it('tells nothing about the identifier and differs each time', () => {
    const cookie = devices().issue(ADA);

    expect(cookie).toMatch(/^[A-Za-z0-9_-]{76}$/);
    expect(cookie).not.toBe(devices().issue(ADA));
    expect(Buffer.from(cookie, 'base64url').includes('ada')).toBe(false);
  });

  it('expires after knownDeviceDays', () => {
    const clock = new FakeClock();
    const known = devices([SECRETS.first], clock);
    const cookie = known.issue(ADA);

    clock.advanceSeconds(30 * SECONDS_PER_DAY - 1);
    expect(known.recognises(cookie, ADA)).toBe(true);
    clock.advanceSeconds(1);
    expect(known.recognises(cookie, ADA)).toBe(false);
  });

  it('outlives a new secret and ends with the old one', () => {
    const cookie = devices([SECRETS.first]).issue(ADA);

    expect(devices([SECRETS.second, SECRETS.first]).recognises(cookie, ADA)).toBe(true);
    expect(devices([SECRETS.second]).recognises(cookie, ADA)).toBe(false);
  });

  it('LG-9: cannot be made or changed by a stranger', () => {
    const known = devices();
    const cookie = Buffer.from(known.issue(ADA), 'base64url');
    for (let bit = 0; bit < cookie.length * 8; bit += 1) {
      const changed = Buffer.from(cookie);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(known.recognises(changed.toString('base64url'), ADA)).toBe(false);
    }
  });

  it('is refused in a version this code does not know, even where the key is right', () => {
    const options = testOptions();
    const { key } = new SecretKeys(options).current('known-device');
    const header = Buffer.from(devices().issue(ADA), 'base64url').subarray(0, 25);
    const signed = (version: number) => {
      header.writeUInt8(version);
      return Buffer.concat([header, authenticate(key, header, ADA)]).toString('base64url');
    };

    expect(devices().recognises(signed(1), ADA)).toBe(true);
    expect(devices().recognises(signed(2), ADA)).toBe(false);
  });

  it('has one spelling', () => {
    const known = devices();
    const cookie = known.issue(ADA);
    const bytes = Buffer.from(cookie, 'base64url');
    const respelt = [
      `${cookie}=`,
      ` ${cookie}`,
      `${cookie}\n`,
      `${cookie}A`,
      cookie.slice(0, -1),
      bytes.toString('hex'),
      `${cookie.slice(0, 40)}\n${cookie.slice(40)}`,
    ];

    for (const spelling of respelt) expect(known.recognises(spelling, ADA)).toBe(false);
  });

  it('is never recognised in garbage, and garbage never throws', () => {
    const known = devices();
    const garbage = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc
        .uint8Array({ minLength: 57, maxLength: 57 })
        .map((bytes) => Buffer.from(bytes).toString('base64url')),
    );

    fc.assert(fc.property(garbage, (text) => !known.recognises(text, ADA)));
    expect(known.recognises(undefined, ADA)).toBe(false);
    expect(known.recognises(['a'] as unknown as string, ADA)).toBe(false);
  });
});
