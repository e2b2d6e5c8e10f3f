import { brokenAfter, guessesMiscounted } from '../support/aftermath';
import {
  makePeople,
  refusedAfterLogout,
  REVOCATION_BOUND_MILLISECONDS,
  whoIsSignedOut,
  type Person,
} from '../support/crowd';
import { FakeTime, fakeTimeLibrary } from '../support/fake-time';
import { OwnPostgres } from '../support/own-postgres';
import { record, type RecordedAnswer } from '../support/recorded-answer';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';

const LIBRARY = fakeTimeLibrary();
const HOURS = 3600;

if (LIBRARY === undefined) {
  process.stderr.write('\n*** SKIPPED: the faults of clocks need libfaketime. ***\n');
}

(LIBRARY === undefined ? describe.skip : describe)('clocks that are wrong, or jump', () => {
  let postgres: OwnPostgres;
  let databaseUrl: string;
  let clocks: FakeTime[];
  /** One is right, one is ahead, one is behind. */
  let servers: ServerProcess[];
  let urls: string[];

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    databaseUrl = await postgres.createDatabase();
    clocks = [0, 0, 0].map((offset) => new FakeTime(LIBRARY!, offset));
    servers = [];
    for (const { variables } of clocks) {
      servers.push(await startServerProcess(databaseUrl, variables));
    }
    urls = servers.map(({ url }) => url);
  }, 90_000);

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    for (const clock of clocks) clock.remove();
    await postgres.destroy();
  }, 60_000);

  afterEach(() => set(0, 0, 0));

  function set(...offsets: readonly number[]): void {
    for (const [index, offset] of offsets.entries()) clocks[index]!.jump(offset);
  }

  async function signedIn(count: number, instance = 0): Promise<Person[]> {
    const people = await makePeople(databaseUrl, count);
    await Promise.all(people.map((person) => person.signIn(urls[instance]!)));
    return people;
  }

  function admission(instance: number, token: string) {
    return record({ url: urls[instance]!, path: '/auth/sessions', token });
  }

  /** How each instance answers to a token. */
  async function admissions(token: string): Promise<number[]> {
    const answers = await Promise.all(urls.map((_, instance) => admission(instance, token)));
    return answers.map(({ status }) => status);
  }

  /** What an instance's clock says, from the token it mints: the fault has to be real. */
  async function clockOf(instance: number, person: Person): Promise<number> {
    await person.refresh(urls[instance]!);
    const [, payload = ''] = person.tokens.access_token.split('.');
    const { iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number };
    return iat - Date.now() / 1000;
  }

  it('F-15: within the leeway every instance takes the tokens of every other', async () => {
    set(0, 2, -2);
    for (const instance of [0, 1, 2]) {
      const [person] = await signedIn(1, instance);
      expect(await admissions(person!.tokens.access_token)).toEqual([200, 200, 200]);
    }
  });

  it('F-15: beyond it a token from the future is refused, and refreshing helps everywhere', async () => {
    set(0, 90, -90);
    const [person] = await signedIn(1);
    expect(await clockOf(1, person!)).toBeGreaterThan(85);
    expect(await admissions(person!.tokens.access_token)).toEqual([401, 200, 401]);
    expect(await clockOf(2, person!)).toBeLessThan(-85);
    // Its life is over early where the clock is ahead, and nowhere late.
    expect(await admissions(person!.tokens.access_token)).toEqual([200, 200, 200]);
    for (const [instance, url] of urls.entries()) {
      expect((await person!.refresh(url)).status).toBe(200);
      expect((await admission(instance, person!.tokens.access_token)).status).toBe(200);
    }
    expect(await brokenAfter({ databaseUrl, servers, people: [person!] })).toEqual([]);
  });

  it('F-15: the grace and the lock of guesses are those of the database, the same everywhere', async () => {
    set(0, 90, -90);
    const [person] = await signedIn(1);
    const before = person!.tokens.refresh_token;
    await person!.refresh(urls[1]!);
    const current = person!.tokens.refresh_token;
    for (const url of urls) {
      expect((await person!.refresh(url, 0, before)).body['refresh_token']).toBe(current);
    }
    await execute(
      databaseUrl,
      `UPDATE auth.sessions SET rotated_at = rotated_at - interval '31 seconds'
       WHERE id = '${person!.tokens.session.id}'`,
    );
    expect((await person!.refresh(urls[2]!, 2, before)).body['code']).toBe('refresh_reused');

    const body = {
      email: person!.email,
      password: 'not the right one at all',
      transport: 'body',
    };
    const guesses: RecordedAnswer[] = [];
    const guess = async (url: string) => {
      const answer = await record({ url, method: 'POST', path: '/auth/login', body });
      guesses.push(answer);
      return answer;
    };
    let last = await guess(urls[1]!);
    for (let tries = 0; tries < 30 && last.status !== 429; tries += 1) last = await guess(urls[1]!);
    const locked = await Promise.all(urls.map(guess));
    expect(locked.map(({ status }) => status)).toEqual([429, 429, 429]);
    expect(await guessesMiscounted(databaseUrl, guesses)).toEqual([]);
    const waits = locked.map(({ headers }) => Number(headers.get('retry-after')));
    expect(Math.max(...waits) - Math.min(...waits)).toBeLessThanOrEqual(1);
  });

  it.each([
    ['two hours back', -2 * HOURS],
    ['two hours ahead', 2 * HOURS],
  ])(
    'F-16: a jump of %s signs nobody out and lengthens no life, there and back again',
    async (_, offset) => {
      const people = await signedIn(8);
      const [person] = people as [Person];
      const true1 = person.tokens.access_token;
      expect(await admissions(true1)).toEqual([200, 200, 200]);
      set(offset);
      expect(Math.round((await clockOf(0, person)) / HOURS)).toBe(offset / HOURS);
      const jumped = person.tokens.access_token;
      // Remembered or not, a token of before is from the future now, or over.
      expect((await admission(0, true1)).status).toBe(401);
      expect(await admissions(jumped)).toEqual([200, 401, 401]);
      expect(await whoIsSignedOut(people, urls[0]!)).toEqual([]);

      set(0);
      expect((await admission(0, jumped)).status).toBe(401);
      expect(await whoIsSignedOut(people, urls[0]!)).toEqual([]);
      expect(await admissions(person.tokens.access_token)).toEqual([200, 200, 200]);
      expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
    },
    30_000,
  );

  it('F-16: timers go on through a jump: revocations arrive in time, also over a lost connection', async () => {
    for (const offset of [2 * HOURS, -2 * HOURS, 0]) {
      set(offset, offset, offset);
      const people = await signedIn(2);
      const [one, two] = people as [Person, Person];
      expect(await refusedAfterLogout(one, urls)).toBeLessThan(REVOCATION_BOUND_MILLISECONDS);
      const rows = await execute(
        databaseUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'portcullis-change-feed'`,
      );
      expect(rows).toHaveLength(urls.length);
      expect(await refusedAfterLogout(two, urls)).toBeLessThan(REVOCATION_BOUND_MILLISECONDS);
      expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
    }
  }, 30_000);
});
