import fc from 'fast-check';
import { unmetRequirement } from '../../src/access/decide';
import type { AccessDeclaration } from '../../src/route-access/access-declarations';
import { composeAccess } from '../../src/route-access/compose-access';
import { printableRequirement } from '../../src/route-access/printable-requirement';
import type { Requirement, RouteAccess } from '../../src/route-access/route-access';

class OwnInvoice {
  check = () => true;
}
class OfficeHours {
  check = () => true;
}
class InvoiceCreator {
  creatorOf = () => null;
}

const NAMES = ['a', 'b', 'c'] as const;
const METHODS = ['pwd', 'otp', 'hwk'] as const;

const someOf = <Item>(items: readonly Item[]) => fc.subarray([...items], { minLength: 1 });

const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  someOf(NAMES).map((anyOf) => ({ kind: 'roles' as const, anyOf })),
  someOf(NAMES).map((allOf) => ({ kind: 'permissions' as const, allOf })),
  someOf(NAMES).map((anyOf) => ({ kind: 'any_permission' as const, anyOf })),
  fc.integer({ min: 1, max: 100 }).map((maxAgeSeconds) => ({
    kind: 'step_up' as const,
    maxAgeSeconds,
  })),
  someOf(METHODS).map((amr) => ({ kind: 'step_up' as const, amr })),
  fc.constantFrom(OwnInvoice, OfficeHours).map((policy) => ({ kind: 'policy' as const, policy })),
  fc.constant({ kind: 'four_eyes' as const, creator: InvoiceCreator }),
);
const demand: fc.Arbitrary<AccessDeclaration> = fc.oneof(
  requirement,
  fc.constant({ kind: 'authenticated' as const }),
);
const declaration: fc.Arbitrary<AccessDeclaration> = fc.oneof(
  { weight: 6, arbitrary: demand },
  { weight: 1, arbitrary: fc.constant({ kind: 'public' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'public' as const, reason: 'a probe' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'loosen' as const, reason: 'a test' }) },
);
const demands = fc.array(demand, { maxLength: 4 });
const declarations = fc.array(declaration, { maxLength: 4 });

/** Somebody signed in; what the policies answer to them is part of who they are. */
const subject = fc.record({
  roles: fc.subarray([...NAMES]),
  permissions: fc.subarray([...NAMES]),
  ageSeconds: fc.integer({ min: 0, max: 120 }),
  amr: fc.subarray([...METHODS]),
  admittedBy: fc.subarray([OwnInvoice, OfficeHours, InvoiceCreator] as object[]),
});
type Subject = typeof subject extends fc.Arbitrary<infer Value> ? Value : never;

/** Whether a route that boots lets a subject in; undefined stands for nobody in particular. */
function admits({ kind, requirements }: RouteAccess, who: Subject | undefined): boolean {
  if (kind !== 'authenticated' || who === undefined) return kind === 'public';
  const nowSeconds = 1_000_000;
  const unmet = unmetRequirement(requirements, {
    authority: {
      has: (name) => (who.permissions as string[]).includes(name),
      hasRole: (name) => (who.roles as string[]).includes(name),
    },
    principal: {
      accountId: '',
      sessionId: '',
      authTime: nowSeconds - who.ageSeconds,
      amr: who.amr,
    },
    nowSeconds,
  });
  return (
    unmet === undefined &&
    requirements.every((rule) => {
      if (rule.kind === 'policy') return who.admittedBy.includes(rule.policy);
      return rule.kind !== 'four_eyes' || who.admittedBy.includes(rule.creator);
    })
  );
}

const setOf = ({ requirements }: RouteAccess) =>
  requirements.map((one) => JSON.stringify(printableRequirement(one))).sort();

const shuffled = (items: readonly AccessDeclaration[]) =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });

describe('AZ-1: declared access, whatever is declared,', () => {
  it('is the same in every order of the decorators', () => {
    const reordered = fc
      .tuple(declarations, declarations)
      .chain(([outer, inner]) =>
        fc.tuple(fc.constant([outer, inner] as const), shuffled(outer), shuffled(inner)),
      );

    fc.assert(
      fc.property(reordered, ([[outer, inner], otherOuter, otherInner]) => {
        const one = composeAccess(outer, inner);
        const other = composeAccess(otherOuter, otherInner);

        expect(other.kind).toBe(one.kind);
        expect(setOf(other)).toEqual(setOf(one));
        expect(new Set(other.problems.map(({ code }) => code))).toEqual(
          new Set(one.problems.map(({ code }) => code)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('lets in whom the class lets in and the method lets in, and nobody else', () => {
    fc.assert(
      fc.property(demands, demands, subject, (outer, inner, who) => {
        fc.pre(outer.length > 0 && inner.length > 0);
        const [both, ofClass, ofMethod, mirrored] = [
          composeAccess(outer, inner),
          composeAccess(outer, []),
          composeAccess([], inner),
          composeAccess(inner, outer),
        ];

        expect(admits(both, who)).toBe(admits(ofClass, who) && admits(ofMethod, who));
        expect(admits(mirrored, who)).toBe(admits(both, who));
        expect(admits(both, undefined)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('opens to nobody by one more requirement, wherever it stands', () => {
    const nobodyOrSomebody = fc.option(subject, { nil: undefined });

    fc.assert(
      fc.property(
        declarations,
        declarations,
        demand,
        fc.boolean(),
        nobodyOrSomebody,
        (outer, inner, added, onClass, who) => {
          const before = composeAccess(outer, inner);
          fc.pre(before.kind !== 'refused');
          const after = composeAccess(
            onClass ? [...outer, added] : outer,
            onClass ? inner : [...inner, added],
          );

          if (!admits(before, who)) expect(admits(after, who)).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('opens to nobody by @Public() without a reason, and to no stranger by @LoosenAccess()', () => {
    const opening = fc.constantFrom<AccessDeclaration>(
      { kind: 'public' },
      { kind: 'public', reason: ' ' },
      { kind: 'loosen', reason: 'a test' },
    );

    fc.assert(
      fc.property(demands, demands, opening, fc.boolean(), (outer, inner, added, onClass) => {
        fc.pre(outer.length + inner.length > 0);
        const after = composeAccess(
          onClass ? [...outer, added] : outer,
          onClass ? inner : [...inner, added],
        );

        expect(admits(after, undefined)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('of a loosened method is what stands on the method', () => {
    fc.assert(
      fc.property(demands, demands, (outer, inner) => {
        fc.pre(outer.length > 0);
        const loosened = composeAccess(outer, [{ kind: 'loosen', reason: 'a test' }, ...inner]);

        expect(loosened.kind).toBe('authenticated');
        expect(setOf(loosened)).toEqual(setOf(composeAccess([], inner)));
      }),
    );
  });
});
