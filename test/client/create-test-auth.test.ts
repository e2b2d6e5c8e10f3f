import { createTestAuth, TEST_PASSWORD } from '@portcullis/client/testing';

const CLERK = {
  user: { id: 'user-7', email: 'clerk@example.org', displayName: 'Clara' },
  roles: ['clerk'],
  permissions: ['invoices:read', 'invoices:create'],
};

describe('createTestAuth', () => {
  it('gives a client with somebody signed in, by the sign-in that pages use', async () => {
    const { client, server } = await createTestAuth(CLERK);
    expect(client.getState()).toMatchObject({
      status: 'authenticated',
      user: { ...CLERK.user, emailVerified: true },
      roles: ['clerk'],
    });
    expect(client.can('invoices:read', 'invoices:create')).toBe(true);
    expect(client.can('invoices:approve')).toBe(false);
    expect(server.live).toBe(1);
  });

  it('somebody is signed in who may do nothing where nothing is said', async () => {
    const { client } = await createTestAuth();
    expect(client.user).toMatchObject({ email: 'ada@example.org' });
    expect(client.can('invoices:read')).toBe(false);
  });

  it.each(['anonymous', 'challenge', 'loading', 'stale', 'authenticated'] as const)(
    'begins %s, and stays so when the provider starts the client',
    async (status) => {
      const { client, profile } = await createTestAuth({ ...CLERK, status });
      expect(client.getState().status).toBe(status);
      void client.start();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(client.getState().status).toBe(status);
      expect(profile.requests).toEqual(status === 'loading' ? ['POST /auth/refresh'] : []);
    },
  );

  it('loading ends when time passes, with the person signed in', async () => {
    const { client, advance } = await createTestAuth({ ...CLERK, status: 'loading' });
    const started = client.start();
    await advance(1);
    expect(await started).toMatchObject({ status: 'authenticated', user: CLERK.user });
  });

  it('stale ends when the network is back', async () => {
    const { client, profile, advance } = await createTestAuth({ ...CLERK, status: 'stale' });
    expect(client.getState()).toMatchObject({ user: CLERK.user, error: { code: 'offline' } });
    profile.goOnline();
    await advance(5000);
    expect(client.getState().status).toBe('authenticated');
  });

  it('a form signs in with the password of the tests, and is refused with another', async () => {
    const { client, server } = await createTestAuth({ status: 'anonymous' });
    const { email } = CLERK.user;
    server.addAccount({ ...CLERK, email, password: TEST_PASSWORD });
    await expect(client.login({ email, password: 'another' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    });
    await expect(client.login({ email, password: TEST_PASSWORD })).resolves.toMatchObject(
      CLERK.user,
    );
  });

  it('signs out, and somebody else in', async () => {
    const { client, signIn, signOut } = await createTestAuth(CLERK);
    const reasons: string[] = [];
    client.onSignOut((reason) => void reasons.push(reason));
    await signOut();
    expect(client.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
    await signIn({ user: { email: 'bob@example.org' }, permissions: ['reports:read'] });
    expect(client.user).toMatchObject({ email: 'bob@example.org' });
    expect(client.can('reports:read')).toBe(true);
    await signIn();
    expect(client.user).toMatchObject(CLERK.user);
    expect(reasons).toEqual(['signed_out', 'signed_out']);
  });

  it('time renews the token without a change of the state, and finds a session that was ended', async () => {
    const { client, server, profile, advance } = await createTestAuth(CLERK);
    const before = client.getState();
    await advance(600_000);
    expect(profile.count('/auth/refresh')).toBe(1);
    expect(client.getState()).toBe(before);
    server.revokeAll();
    await advance(600_000);
    expect(client.getState()).toEqual({ status: 'anonymous', reason: 'session_revoked' });
  });

  it('an API answers what was planned, once, and refuses whom it does not know', async () => {
    const { client, server } = await createTestAuth(CLERK);
    server.plan('/invoices', 200, { items: [] });
    const response = await client.fetch('/invoices');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ items: [] });
    server.plan('/invoices', 403, { code: 'forbidden' });
    const refused = await client.fetch('/invoices');
    expect(await refused.json()).toEqual({ status: 403, code: 'forbidden' });
    const nobody = await createTestAuth({ status: 'anonymous' });
    expect((await nobody.client.fetch('/invoices')).status).toBe(401);
  });

  it('what somebody may do changes while they are there', async () => {
    const { client, server } = await createTestAuth(CLERK);
    server.changePermissions(CLERK.user.email, []);
    await client.fetch('/invoices');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(client.can('invoices:read')).toBe(false);
  });

  it('two of them share nothing', async () => {
    const [one, other] = await Promise.all([createTestAuth(CLERK), createTestAuth(CLERK)]);
    await one.signOut();
    expect(other.client.getState().status).toBe('authenticated');
    expect(other.server.live).toBe(1);
  });
});
