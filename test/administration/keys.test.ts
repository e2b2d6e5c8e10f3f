import { startAuthApp, type AuthApp } from '../support/auth-app';
import { problemOf, refusedWithinTheBound, signedIn, type AdminClient } from './administration-app';

const ANY_TIME = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/) as unknown;

interface Key {
  readonly kid: string;
  readonly status: string;
}

describe('the signing keys', () => {
  let app: AuthApp;
  let root: AdminClient;

  beforeAll(async () => {
    app = await startAuthApp();
    root = await signedIn(app, { roles: ['administrator'] });
  });

  afterAll(() => app.close());

  async function keys(): Promise<readonly Key[]> {
    const { status, body } = await root.ask('GET', '/keys');
    expect([status, Object.keys(body as object)]).toEqual([200, ['items', 'nextCursor']]);
    return (body as { items: Key[] }).items;
  }

  const rotate = (body?: object) => root.ask('POST', '/keys/rotate', { body });

  it('are listed without their secret half, published, let to sign and revoked', async () => {
    const [before] = await keys();
    expect(before).toEqual({
      kid: expect.any(String) as unknown,
      algorithm: 'ES256',
      status: 'current',
      createdAt: ANY_TIME,
      activatesAt: null,
      activatedAt: ANY_TIME,
      retiredAt: null,
      verifiesUntil: null,
    });
    const next = await rotate();
    expect([next.status, next.body]).toMatchObject([
      201,
      { status: 'next', activatesAt: ANY_TIME },
    ]);
    const repeated = await rotate({ now: false });
    expect([repeated.status, repeated.body]).toEqual([201, next.body]);
    expect((await keys()).map(({ status }) => status)).toEqual(['next', 'current']);

    const rotated = await rotate({ now: true });
    const { kid } = next.body as Key;
    expect([rotated.status, rotated.body]).toMatchObject([201, { status: 'current', kid }]);
    await app.settle();
    expect((await root.get('/things/mine')).status).toBe(200);
    expect(await keys()).toMatchObject([
      { status: 'current' },
      { status: 'retired', verifiesUntil: ANY_TIME },
    ]);

    const revoked = await root.ask('POST', `/keys/${before!.kid}/revoke`);
    expect([revoked.status, revoked.body]).toMatchObject([200, { status: 'revoked' }]);
    await refusedWithinTheBound(root);
    // A refresh token depends on no signing key.
    expect((await root.refresh()).status).toBe(200);
    expect((await root.get('/things/mine')).status).toBe(200);
    const again = await root.ask('POST', `/keys/${before!.kid}/revoke`);
    expect(problemOf(again)).toEqual([409, 'conflict']);
    const unknown = await root.ask('POST', '/keys/unknown/revoke');
    expect(problemOf(unknown)).toEqual([404, 'not_found']);
  });

  it('of which the current one is revoked leave another that signs', async () => {
    const current = (await keys()).find(({ status }) => status === 'current')!;
    expect((await root.ask('POST', `/keys/${current.kid}/revoke`)).status).toBe(200);
    await refusedWithinTheBound(root);
    expect((await root.refresh()).status).toBe(200);
    const [made] = await keys();
    expect(made).toMatchObject({ status: 'current' });
    expect(made!.kid).not.toBe(current.kid);
  });

  it.each([{ now: 'yes' }, { now: 1 }, { at: 'once' }, { now: true, kid: 'x' }])(
    'are not replaced for %j',
    async (body) => {
      const before = await keys();
      expect(problemOf(await rotate(body))).toEqual([400, 'validation_failed']);
      expect(await keys()).toEqual(before);
    },
  );
});
