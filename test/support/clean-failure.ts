import type { RecordedAnswer } from './recorded-answer';

/** What counts as clean in a scenario. */
export interface Cleanliness {
  /** Within this time everything has to be answered, by a success or a failure. */
  readonly deadlineMilliseconds: number;
  /** Whether connections may end without an answer: only where the test itself ends them. */
  readonly mayLoseAnswers?: boolean;
}

/**
 * What is wrong with the failures among some answers, in words. A clean failure says "try again" and
 * never "sign in again": 503 or 429 with `Retry-After`, a problem that nobody stores, no cookie
 * touched, in time. Every other failure is wrong.
 */
export function uncleanFailures(
  answers: readonly RecordedAnswer[],
  { deadlineMilliseconds, mayLoseAnswers = false }: Cleanliness,
): string[] {
  return answers.flatMap((answer) => {
    const faults = [
      ...(answer.status >= 400 ? faultsOf(answer) : []),
      ...(answer.status === 0 && !mayLoseAnswers ? ['no answer'] : []),
    ];
    const took = Math.round(answer.answeredAt - answer.askedAt);
    if (took > deadlineMilliseconds) faults.push(`took ${took} ms`);
    return faults.map((fault) => `${answer.what} at ${answer.instance}: ${fault}`);
  });
}

function faultsOf({ status, body, headers }: RecordedAnswer): string[] {
  if (status !== 503 && status !== 429) return [`${status} ${String(body['code'])}`];
  const wanted: readonly (readonly [string, boolean])[] = [
    ['Retry-After', /^[1-9]\d*$/.test(headers.get('retry-after') ?? '')],
    ['a problem', (headers.get('content-type') ?? '').startsWith('application/problem+json')],
    ['no-store', (headers.get('cache-control') ?? '').includes('no-store')],
    ['no Set-Cookie', headers.getSetCookie().length === 0],
  ];
  return wanted.filter(([, held]) => !held).map(([what]) => `${status} without ${what}`);
}
