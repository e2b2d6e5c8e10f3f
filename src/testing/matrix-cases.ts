import type { MatrixAnswer } from './matrix-client';
import type { Holding, MatrixHolders } from './matrix-holders';
import type { MatrixCase } from './matrix-options';
import type { MatrixRoute } from './matrix-routes';

/** Whom a case sends, where it sends anybody. */
export interface Sender extends Holding {
  /** Where it holds that: in the tenant of the matrix, in another one, or everywhere. */
  readonly held: 'here' | 'elsewhere' | 'everywhere';
  readonly amr: readonly string[];
  /** Seconds since it authenticated. */
  readonly ageSeconds: number;
}

/** One request, and which answers to it are right. */
export interface PlannedCase {
  readonly name: MatrixCase;
  readonly sender?: Sender;
  readonly expected: string;
  isRight(answer: MatrixAnswer): boolean;
}

const FRESH = 0;
const LONG_AGO_SECONDS = 3600;
const STEP_UP_CHALLENGE = /insufficient_user_authentication/;
/** Codes of answers that were given before anybody decided. */
const UNDECIDED = ['authority_stale', 'database_unavailable', 'tenant_required'];

/** What to ask a route. Empty where nobody may hold what it needs. */
export function casesOf(
  route: MatrixRoute,
  holders: MatrixHolders,
  usesTenants: boolean,
): readonly PlannedCase[] {
  if (route.isPublic) return [{ name: 'public', ...REACHED }];
  const { needs } = route;
  const held = usesTenants && !route.isOwn ? 'here' : 'everywhere';
  const amr = needs.stepUp?.amr ?? ['pwd'];
  const sender = (holding: Holding): Sender => ({ ...holding, held, amr, ageSeconds: FRESH });
  const exact = holders.exact(needs);
  const [first] = exact;
  if (first === undefined) return [];
  const asksForSome = [needs.roles, needs.permissions, needs.anyPermission].some(
    (lists) => (lists?.length ?? 0) > 0,
  );
  const hasPolicies = needs.policies !== undefined || needs.fourEyes !== undefined;
  const elsewhere: Sender = usesTenants
    ? { ...sender(first), held: 'elsewhere', says: `${first.says} in another tenant` }
    : { ...sender({ roles: [], permissions: [], says: 'nothing' }) };
  return [
    { name: 'anonymous', expected: '401', isRight: ({ status }) => status === 401 },
    ...holders.lacking(needs).map((holding) => ({
      name: 'lacking' as const,
      sender: sender(holding),
      expected: '403',
      isRight: ({ status }: MatrixAnswer) => status === 403,
    })),
    ...(asksForSome ? [{ name: 'other_tenant' as const, sender: elsewhere, ...OUTSIDE }] : []),
    ...stale(sender(first), needs.stepUp).map((one) => ({
      name: 'step_up_stale' as const,
      sender: one,
      ...STEP_UP,
    })),
    ...exact.map((holding) => ({
      name: 'exact' as const,
      sender: sender(holding),
      ...(hasPolicies ? ADMITTED_UNLESS_POLICY : REACHED),
    })),
  ];
}

/** One that authenticated too long ago, and one for each method that it did not use. */
function stale(sender: Sender, stepUp: MatrixRoute['needs']['stepUp']): Sender[] {
  const { maxAgeSeconds, amr = [] } = stepUp ?? {};
  const aged =
    maxAgeSeconds === undefined
      ? []
      : [
          {
            ...sender,
            ageSeconds: maxAgeSeconds + LONG_AGO_SECONDS,
            says: `${sender.says}, authenticated long ago`,
          },
        ];
  const weak = amr.map((method) => ({
    ...sender,
    amr: amr.filter((other) => other !== method),
    says: `${sender.says}, authenticated without ${method}`,
  }));
  return [...aged, ...weak];
}

const REACHED = {
  expected: 'neither 401 nor 403',
  isRight: (answer: MatrixAnswer) => wasReached(answer) && answer.status !== 403,
};

/** A policy is asked about a resource that does not exist. */
const ADMITTED_UNLESS_POLICY = { expected: 'not 401', isRight: wasReached };

const OUTSIDE = {
  expected: '403 or 404',
  isRight: ({ status }: MatrixAnswer) => status === 403 || status === 404,
};

const STEP_UP = {
  expected: '401 step_up_required',
  isRight: ({ status, code, challenge = '' }: MatrixAnswer) =>
    status === 401 && (code === 'step_up_required' || STEP_UP_CHALLENGE.test(challenge)),
};

function wasReached({ status, code = '' }: MatrixAnswer): boolean {
  return status !== undefined && status !== 401 && !UNDECIDED.includes(code);
}
