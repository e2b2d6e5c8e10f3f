import fc from 'fast-check';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { bootTokenStore, outcomeOf, partsOf, subject, type TokenStore } from './token-store';

/** The order of the group of P-256 (SP 800-186 §3.2.1.3). */
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('another spelling of an access token', () => {
  let database: TestDatabase;
  let store: TokenStore;
  let token: string;

  beforeAll(async () => {
    database = await cloneDatabase();
    store = await bootTokenStore(database.url);
    // One with every character that other alphabets spell in another way, in its signature too.
    do ({ token } = store.tokens.mint(subject()));
    while (!/-.*_|_.*-/.test(partsOf(token)[2]));
  });

  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  /** The token with one of its segments changed, for each segment in turn. */
  function inEachSegment(change: (segment: string) => string): string[] {
    const segments = partsOf(token);
    return segments.flatMap((segment, index) => {
      const changed = change(segment);
      return changed === segment ? [] : [segments.with(index, changed).join('.')];
    });
  }

  async function expectRefused(spellings: readonly string[]): Promise<void> {
    expect(spellings.length).toBeGreaterThan(0);
    await expect(outcomeOf(store.tokens, token)).resolves.toHaveProperty('tokenId');
    for (const spelling of spellings) {
      expect(spelling).not.toBe(token);
      expect(await outcomeOf(store.tokens, spelling)).toBe('refused');
    }
  }

  it('JW-10: with padding is refused', async () => {
    await expectRefused([
      ...inEachSegment((segment) => `${segment}=`),
      ...inEachSegment((segment) => `${segment}==`),
      ...inEachSegment((segment) => segment.padEnd(Math.ceil(segment.length / 4) * 4, '=')),
      `${token}====`,
    ]);
  });

  it('JW-10: with white space or control characters anywhere is refused', async () => {
    for (const blank of [' ', '\t', '\n', '\r\n', '\v', '\0', '\u00a0', '\u200b', '\ufeff']) {
      await expectRefused([
        ...inEachSegment((segment) => `${blank}${segment}`),
        ...inEachSegment((segment) => `${segment}${blank}`),
        ...inEachSegment((segment) => `${segment.slice(0, 9)}${blank}${segment.slice(9)}`),
      ]);
    }
  });

  it('JW-10: in the other base64 alphabet is refused', async () => {
    await expectRefused([
      ...inEachSegment((segment) => segment.replaceAll('-', '+')),
      ...inEachSegment((segment) => segment.replaceAll('_', '/')),
      ...inEachSegment((segment) => Buffer.from(segment, 'base64url').toString('base64')),
    ]);
  });

  it('JW-10: with other unused bits in the last character of a segment is refused', async () => {
    const spellings = [...ALPHABET].flatMap((last) =>
      inEachSegment((segment) => {
        const other = segment.slice(0, -1) + last;
        const isSameBytes = Buffer.from(other, 'base64url').equals(
          Buffer.from(segment, 'base64url'),
        );
        return isSameBytes ? other : segment;
      }),
    );
    // The 64 bytes of a signature leave four bits unused.
    expect(spellings.length).toBeGreaterThanOrEqual(15);
    await expectRefused(spellings);
  });

  it('JW-10: with characters that decoders skip is refused', async () => {
    await expectRefused([
      ...['!', '%', '*', '~', '"', ',', 'é', '💧', '%3D'].flatMap((skipped) =>
        inEachSegment((segment) => `${segment.slice(0, 5)}${skipped}${segment.slice(5)}`),
      ),
      ...inEachSegment((segment) => encodeURIComponent(`${segment}=`)),
    ]);
  });

  it('JW-10: as (r, −s) it counts, for the same session, account and jti, which is what revocation reads', async () => {
    const [header, payload, signature] = partsOf(token);
    const bytes = Buffer.from(signature, 'base64url');
    const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
    const negated = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex');
    const twin = Buffer.concat([bytes.subarray(0, 32), negated]).toString('base64url');
    const spelling = `${header}.${payload}.${twin}`;
    expect(spelling).not.toBe(token);
    expect(await store.tokens.verify(spelling)).toEqual(await store.tokens.verify(token));
  });

  it('JW-10: with any one character changed, added or left out is refused or means the same', async () => {
    const original = await store.tokens.verify(token);
    const character = fc.oneof(
      fc.constantFrom(...ALPHABET, '.', '=', '+', '/', ' ', '\n', '\0'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: token.length - 1 }),
        character,
        fc.constantFrom('change', 'add', 'leave out'),
        async (at, other, edit) => {
          const kept = edit === 'add' ? '' : 1;
          const changed =
            token.slice(0, at) +
            (edit === 'leave out' ? '' : other) +
            token.slice(at + Number(kept));
          const outcome = await outcomeOf(store.tokens, changed);
          if (outcome === 'refused') refused += 1;
          else expect(outcome).toEqual(original);
        },
      ),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(900);
  });

  it('is refused for every text whatever', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(fc.base64String(), { maxLength: 6 }).map((parts) => parts.join('.')),
      fc
        .tuple(fc.json(), fc.json(), fc.string())
        .map((parts) => parts.map((part) => Buffer.from(part).toString('base64url')).join('.')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (one) => {
        expect(await outcomeOf(store.tokens, one)).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  it('JW-15: with its scheme, quotes or a second token beside it is refused', async () => {
    const { token: second } = store.tokens.mint(subject());
    await expectRefused([
      `Bearer ${token}`,
      `bearer ${token}`,
      `"${token}"`,
      `${token},${second}`,
      `${token}, Bearer ${second}`,
      `${token} ${second}`,
      `${token};`,
    ]);
  });
});
