import { setTimeout as sleep } from 'node:timers/promises';
import { record, type RecordedAnswer } from './recorded-answer';
import type { Seeded } from './seeded';
import { ADMIN } from './server-process';
import { execute } from './test-server';

/** Tries of one refresh before a person gives up; with the pauses far longer than any outage here. */
const MAX_TRIES = 60;
const PAUSE_MILLISECONDS = 250;

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly user: { readonly id: string };
  readonly session: { readonly id: string; readonly generation: number };
}

/** A native client of one account: keeps its newest tokens, and every answer it was given. */
export class Person {
  readonly answers: RecordedAnswer[] = [];
  /** Every token it ever held, oldest first: none of them may appear in a log. */
  readonly held: Tokens[] = [];
  /** Answers that spoke of somebody else. */
  readonly mixedUp: string[] = [];

  constructor(
    readonly email: string,
    readonly accountId: string,
  ) {}

  /** The newest tokens. */
  get tokens(): Tokens {
    const newest = this.held.at(-1);
    if (newest === undefined) throw new Error(`${this.email} has not signed in`);
    return newest;
  }

  async signIn(url: string, instance = 0): Promise<RecordedAnswer> {
    const body = { email: this.email, password: ADMIN.password, transport: 'body' };
    return this.#keep(await this.ask({ url, instance, method: 'POST', path: '/auth/login', body }));
  }

  /** Presents the newest refresh token once, or another one. */
  async refresh(
    url: string,
    instance = 0,
    token = this.tokens.refresh_token,
  ): Promise<RecordedAnswer> {
    const body = { refresh_token: token };
    return this.#keep(
      await this.ask({ url, instance, method: 'POST', path: '/auth/refresh', body }),
    );
  }

  /** As a careful client does it: no answer, 429 and 503 say "try again", with the same token. */
  async refreshPatiently(url: string, instance = 0): Promise<RecordedAnswer> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.refresh(url, instance);
      const isPassing = [0, 429, 503].includes(answer.status);
      if (!isPassing || tries === MAX_TRIES) return answer;
      await sleep(PAUSE_MILLISECONDS);
    }
  }

  /** Asks with the user agent of this person, and keeps the answer. */
  async ask(question: Parameters<typeof record>[0]): Promise<RecordedAnswer> {
    const headers = { 'user-agent': `agent of ${this.email}`, ...question.headers };
    const answer = await record({ ...question, headers });
    this.answers.push(answer);
    return answer;
  }

  #keep(answer: RecordedAnswer): RecordedAnswer {
    if (answer.status !== 200) return answer;
    const tokens = answer.body as unknown as Tokens;
    const subject = subjectOf(tokens.access_token);
    if (tokens.user.id !== this.accountId || subject !== this.accountId) {
      this.mixedUp.push(`I6: ${this.accountId} was answered as ${tokens.user.id} (${subject})`);
    }
    this.held.push(tokens);
    return answer;
  }
}

/** The account that an access token was made for. */
export function subjectOf(accessToken: string): string {
  const [, payload = ''] = accessToken.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string };
  return claims.sub;
}

/**
 * Makes accounts with the administrator's password, by copying its hash: hashing anew would cost
 * seconds that prove nothing.
 */
export async function makePeople(databaseUrl: string, count: number): Promise<Person[]> {
  const rows = await execute(
    databaseUrl,
    `INSERT INTO auth.accounts (id, email, email_key, email_verified_at, password_hash)
     SELECT gen_random_uuid(), name, name, clock_timestamp(), a.password_hash
     FROM auth.accounts a, generate_series(1, ${count}) n,
       LATERAL (SELECT format('person-%s-%s@example.test', n, substr(gen_random_uuid()::text, 1, 8)) AS name) names
     WHERE a.email = '${ADMIN.email}' RETURNING id, email`,
  );
  return rows.map(({ id, email }) => new Person(String(email), String(id)));
}

/** How a crowd refreshes. */
export interface Pace {
  readonly urls: readonly string[];
  /** Refreshes a second, all people together. */
  readonly perSecond: number;
  readonly random: Seeded;
}

/** People who refresh all the time, each one request after the other, at instances as they come. */
export class RefreshingCrowd {
  readonly #loops: Promise<void>[];
  #stopped = false;

  constructor(
    readonly people: readonly Person[],
    private readonly pace: Pace,
  ) {
    this.#loops = people.map((person) => this.#refresh(person));
  }

  get answers(): readonly RecordedAnswer[] {
    return this.people.flatMap(({ answers }) => answers);
  }

  /** Resolves when everybody has the answer to the last request. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #refresh(person: Person): Promise<void> {
    const { urls, perSecond, random } = this.pace;
    const pause = (1000 * this.people.length) / perSecond;
    while (!this.#stopped) {
      const instance = random.below(urls.length);
      const { status } = await person.refresh(urls[instance]!, instance);
      // Somebody who was signed out has nothing left to present.
      if (status === 401) return;
      await sleep(2 * pause * random.next());
    }
  }
}

/** What a revocation may take to be honoured everywhere (design, §3). */
export const REVOCATION_BOUND_MILLISECONDS = 1000;

/**
 * Signs somebody out at the first instance; the milliseconds until every instance refuses the access
 * token (at most five times the bound, which says that one never does).
 */
export async function refusedAfterLogout(person: Person, urls: readonly string[]): Promise<number> {
  const { access_token: token, refresh_token } = person.tokens;
  const admitted = (): Promise<RecordedAnswer[]> =>
    Promise.all(urls.map((url) => record({ url, path: '/auth/sessions', token })));
  for (const { status } of await admitted()) {
    if (status !== 200) throw new Error(`a live token was answered with ${status}`);
  }
  await record({ url: urls[0]!, method: 'POST', path: '/auth/logout', body: { refresh_token } });
  const endedAt = performance.now();
  for (;;) {
    const answers = await admitted();
    const elapsed = performance.now() - endedAt;
    if (answers.every(({ status }) => status === 401)) return elapsed;
    if (elapsed > 5 * REVOCATION_BOUND_MILLISECONDS) return elapsed;
  }
}

/** Has everybody refresh until it succeeds; what each was told at last, where that was no success. */
export async function whoIsSignedOut(people: readonly Person[], url: string): Promise<string[]> {
  const answers = await Promise.all(people.map((person) => person.refreshPatiently(url)));
  return answers.flatMap(({ status, body }, index) =>
    status === 200 ? [] : [`${people[index]!.email}: ${status} ${String(body['code'])}`],
  );
}
