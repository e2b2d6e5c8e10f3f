import { unmetRequirement, type Subject } from '../../src/access/decide';
import { stepUpChallenge } from '../../src/access/step-up-challenge';
import { newId } from '../../src/database/identifiers';
import type { Principal } from '../../src/route-access/principal';
import type { Requirement, StepUpRequirement } from '../../src/route-access/route-access';

const NOW = 1_790_000_000;

const authority: Subject['authority'] = {
  has: (permission) => ['invoices:read', 'invoices:list'].includes(permission),
  hasRole: (role) => role === 'viewer',
};

function principal(changes: Partial<Principal> = {}): Principal {
  return { accountId: newId(), sessionId: newId(), authTime: NOW, amr: ['pwd'], ...changes };
}

function unmet(requirements: readonly Requirement[], changes: Partial<Principal> = {}) {
  return unmetRequirement(requirements, {
    authority,
    principal: principal(changes),
    nowSeconds: NOW,
  });
}

const stepUp = (members: Omit<StepUpRequirement, 'kind'>): Requirement => ({
  kind: 'step_up',
  ...members,
});

describe('unmetRequirement', () => {
  it.each<[string, Requirement, boolean]>([
    ['one of the roles', { kind: 'roles', anyOf: ['clerk', 'viewer'] }, true],
    ['none of the roles', { kind: 'roles', anyOf: ['clerk'] }, false],
    ['no role asked for', { kind: 'roles', anyOf: [] }, false],
    ['all permissions', { kind: 'permissions', allOf: ['invoices:read', 'invoices:list'] }, true],
    ['one permission of two', { kind: 'permissions', allOf: ['invoices:read', 'x:y'] }, false],
    ['no permission asked for', { kind: 'permissions', allOf: [] }, false],
    ['any permission', { kind: 'any_permission', anyOf: ['x:y', 'invoices:list'] }, true],
    ['none of any permissions', { kind: 'any_permission', anyOf: ['x:y', 'x:z'] }, false],
    ['no permission of any asked for', { kind: 'any_permission', anyOf: [] }, false],
  ])('AZ-1: decides about %s', (_, requirement, met) => {
    expect(unmet([requirement])).toBe(met ? undefined : requirement);
  });

  it.each<[string, Omit<StepUpRequirement, 'kind'>, Partial<Principal>, boolean]>([
    ['at the last second', { maxAgeSeconds: 300 }, { authTime: NOW - 300 }, true],
    ['a second too late', { maxAgeSeconds: 300 }, { authTime: NOW - 301 }, false],
    ['from a clock ahead of ours', { maxAgeSeconds: 300 }, { authTime: NOW + 5 }, true],
    ['without a time', { maxAgeSeconds: 300 }, { authTime: Number.NaN }, false],
    ['with a second factor', { amr: ['otp'] }, { amr: ['pwd', 'otp'] }, true],
    ['with one of two methods', { amr: ['pwd', 'otp'] }, { amr: ['otp'] }, false],
    ['with a method spelt differently', { amr: ['otp'] }, { amr: ['OTP'] }, false],
    ['that asks for no method', { amr: [] }, { amr: ['otp'] }, false],
    ['that asks for nothing', {}, { amr: ['otp'] }, false],
    [
      'recent, and with the wrong method',
      { maxAgeSeconds: 9, amr: ['otp'] },
      { amr: ['pwd'] },
      false,
    ],
    [
      'old, and with the right method',
      { maxAgeSeconds: 9, amr: ['otp'] },
      { authTime: NOW - 10, amr: ['otp'] },
      false,
    ],
  ])('decides about an authentication %s', (_, members, changes, met) => {
    const requirement = stepUp(members);

    expect(unmet([requirement], changes)).toBe(met ? undefined : requirement);
  });

  it('sends nobody to authenticate again who lacks a permission anyway', () => {
    const [fresh, lacking] = [
      stepUp({ amr: ['otp'] }),
      { kind: 'roles', anyOf: ['clerk'] },
    ] as const;

    expect(unmet([fresh, lacking])).toBe(lacking);
    expect(unmet([fresh, stepUp({ amr: ['hwk'] })])).toBe(fresh);
  });

  it('leaves policies to the guard that asks them', () => {
    class Rule {
      check = () => false;
      creatorOf = () => null;
    }

    expect(
      unmet([
        { kind: 'policy', policy: Rule },
        { kind: 'four_eyes', creator: Rule },
      ]),
    ).toBe(undefined);
  });

  it('AZ-14: denies a kind of requirement that it does not know', () => {
    const unknown = { kind: 'retina' } as unknown as Requirement;

    expect(unmet([unknown])).toBe(unknown);
  });
});

describe('the challenge of a step-up', () => {
  it.each<[Omit<StepUpRequirement, 'kind'>, string]>([
    [
      { maxAgeSeconds: 300 },
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="A more recent authentication is required", max_age="300"',
    ],
    [
      { amr: ['pwd', 'otp'] },
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="An authentication with pwd and otp is required"',
    ],
  ])('is that of RFC 9470: %j', (members, challenge) => {
    expect(stepUpChallenge({ kind: 'step_up', ...members })).toBe(challenge);
  });
});
