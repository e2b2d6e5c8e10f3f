import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { retiredKeySeconds } from '../../src/options/signing-key-options';
import { outcomeOf, subject, type TokenStore } from '../tokens/token-store';
import { DAY, KeyFleet } from './key-fleet';

/** A key as it should be; times are seconds of the model. */
interface ModelKey {
  readonly kid: string;
  status: 'next' | 'current' | 'retired' | 'revoked';
  publishedAt: number;
  activatesAt: number;
  activatedAt: number;
  retiredAt: number;
}

interface ModelToken {
  readonly token: string;
  readonly kid: string;
  readonly issuedAt: number;
}

/** What should be true of the keys of a deployment, kept beside it. */
class Model {
  now = 0;
  readonly keys: ModelKey[] = [];
  readonly tokens: ModelToken[] = [];

  of(status: ModelKey['status']): ModelKey | undefined {
    return this.keys.find((key) => key.status === status);
  }

  add(kid: string, status: 'next' | 'current'): void {
    const activatesAt = this.now + DAY;
    this.keys.push({
      ...{ kid, status, publishedAt: this.now, activatesAt },
      ...{ activatedAt: this.now, retiredAt: Infinity },
    });
  }

  activate(): void {
    const [current, next] = [this.of('current'), this.of('next')];
    if (next === undefined) return;
    if (current !== undefined) Object.assign(current, { status: 'retired', retiredAt: this.now });
    Object.assign(next, { status: 'current', activatedAt: this.now });
  }

  verifies({ status, retiredAt }: ModelKey, lifeSeconds: number): boolean {
    return status === 'retired' ? this.now < retiredAt + lifeSeconds : status !== 'revoked';
  }
}

/** The instance under test, and where its rows are. */
interface Real {
  readonly fleet: KeyFleet;
  readonly store: TokenStore;
}

type Command = fc.AsyncCommand<Model, Real>;

/** Runs, then compares everything that can be seen. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => name,
    async run(model, real) {
      await run(model, real);
      await real.store.ring.reload();
      await compare(model, real);
    },
  };
}

async function compare(model: Model, { fleet, store }: Real): Promise<void> {
  const expected = Object.fromEntries(model.keys.map(({ kid, status }) => [kid, status]));
  expect(await fleet.statuses()).toEqual(expected);
  const life = retiredKeySeconds(store.options.accessTokens);
  const alive = model.keys.filter((key) => model.verifies(key, life)).map(({ kid }) => kid);
  expect(
    store.ring
      .publicKeys()
      .map(({ kid }) => kid)
      .sort(),
  ).toEqual(alive.sort());
  expect(store.ring.signingKey().kid).toBe(model.of('current')?.kid);
  for (const { token, kid, issuedAt } of model.tokens) {
    const key = model.keys.find((one) => one.kid === kid)!;
    const isGood = key.status !== 'revoked' && model.now < issuedAt + 605;
    expect((await outcomeOf(store.tokens, token)) !== 'refused').toBe(isGood);
  }
}

async function newKid({ keys }: Model, { fleet }: Real): Promise<string> {
  const known = new Set(keys.map(({ kid }) => kid));
  const made = Object.keys(await fleet.statuses()).filter((kid) => !known.has(kid));
  expect(made).toHaveLength(1);
  return made[0]!;
}

const rotate = (now: boolean) =>
  command(now ? 'rotate at once' : 'rotate', async (model, real) => {
    await real.store.service.rotate({}, { now });
    if (model.of('next') === undefined) model.add(await newKid(model, real), 'next');
    if (now) model.activate();
  });

const revoke = (which: number) =>
  command(`revoke ${which}`, async (model, real) => {
    const usable = model.keys.filter(({ status }) => status !== 'revoked');
    const key = usable[which % usable.length]!;
    await real.store.service.revoke(key.kid, {});
    const wasCurrent = key.status === 'current';
    key.status = 'revoked';
    if (!wasCurrent) return;
    if (model.of('next') === undefined) model.add(await newKid(model, real), 'current');
    else model.activate();
  });

const look = command('look', async (model, real) => {
  await real.store.service.advance();
  const next = model.of('next');
  if (next !== undefined && next.activatesAt <= model.now) {
    // Without a person's word no key signs sooner than everybody may know it.
    expect(model.now - next.publishedAt).toBeGreaterThanOrEqual(DAY);
    model.activate();
  }
  const { activatedAt } = model.of('current')!;
  const isOld = activatedAt + 89 * DAY <= model.now;
  if (isOld && model.of('next') === undefined) model.add(await newKid(model, real), 'next');
});

const mint = command('mint', (model, { store }) => {
  const { token } = store.tokens.mint(subject());
  const { kid } = model.of('current')!;
  model.tokens.push({ token, kid, issuedAt: model.now });
  return Promise.resolve();
});

const pass = (seconds: number) =>
  command(`pass ${seconds} s`, async (model, { fleet, store }) => {
    model.now += seconds;
    store.clock.advanceSeconds(seconds);
    for (const { kid } of model.keys) await fleet.age(kid, seconds);
  });

describe('the life of signing keys', () => {
  let fleet: KeyFleet;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    fleet = await KeyFleet.open();
  });

  afterAll(() => fleet.close());

  it('CR-2, CR-3: has one key that signs, and every token of a key that was not revoked until it expires', async () => {
    const commands = fc.commands(
      [
        fc.boolean().map(rotate),
        fc.nat({ max: 5 }).map(revoke),
        fc.constant(look),
        fc.constant(look),
        fc.constant(mint),
        fc.constant(mint),
        fc.constantFrom(60, 400, 500, 700, 3600, DAY, 40 * DAY).map(pass),
      ],
      { maxCommands: 25 },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        await fleet.reset();
        const store = await fleet.boot();
        await fc.asyncModelRun(() => {
          const model = new Model();
          model.add(store.ring.signingKey().kid, 'current');
          return { model, real: { fleet, store } };
        }, steps);
      }),
      { numRuns: 30 },
    );
  }, 120_000);
});
