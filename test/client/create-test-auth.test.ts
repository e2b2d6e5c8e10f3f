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

  it('asks for a step-up where one is required, until it is done and again when it is old', async () => {
    const path = '/invoices/7/approve';
    const { client, server, advance } = await createTestAuth({ ...CLERK, requireStepUp: [path] });
    const approve = async () => (await client.fetch(path, { method: 'POST' })).status;
    expect([await approve(), (await client.fetch('/invoices')).status]).toEqual([401, 200]);
    const ask = jest.fn(() => client.stepUp({ password: TEST_PASSWORD }));
    client.onStepUp(ask);
    expect([await approve(), await approve()]).toEqual([200, 200]);
    expect(ask).toHaveBeenCalledTimes(1);
    await advance(61_000);
    server.plan('/auth/step-up', 429, { code: 'throttled' }, { 'retry-after': '30' });
    expect(await approve()).toBe(401);
    await expect(client.stepUp({ password: 'another' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    });
    expect(client.getState().status).toBe('authenticated');
  });

  it('lists the sessions of other devices, and ends them and the own one', async () => {
    const { client, server } = await createTestAuth({
      ...CLERK,
      otherDevices: ['A phone', 'A car'],
    });
    const sessions = await client.listSessions();
    expect(sessions.map(({ device, current }) => [device, current])).toEqual([
      ['A car', false],
      ['A phone', false],
      ['This browser', true],
    ]);
    await client.revokeSession(sessions[0]!.id);
    await expect(client.revokeSession(sessions[0]!.id)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect([(await client.listSessions()).length, server.live]).toEqual([2, 2]);
    await client.revokeSession(sessions[2]!.id);
    await client.fetch('/invoices');
    expect(client.getState()).toEqual({ status: 'anonymous', reason: 'session_revoked' });
  });

  it('a session that nobody used for long is over when the client looks', async () => {
    const { client, server, advance } = await createTestAuth(CLERK);
    server.expireAll();
    await advance(600_000);
    expect(client.getState()).toEqual({ status: 'anonymous', reason: 'session_expired' });
  });

  describe('with the session transport', () => {
    const transport = 'session';

    it.each(['anonymous', 'challenge', 'loading', 'stale', 'authenticated'] as const)(
      'begins %s, and stays so when the provider starts the client',
      async (status) => {
        const { client, profile } = await createTestAuth({ ...CLERK, transport, status });
        void client.start();
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(client.getState().status).toBe(status);
        expect(profile.requests).toEqual(status === 'loading' ? ['GET /auth/session'] : []);
      },
    );

    it('no token is there, and components that step up and list sessions work the same', async () => {
      const { client, profile } = await createTestAuth({
        ...CLERK,
        transport,
        requireStepUp: ['/invoices'],
        otherDevices: ['A phone'],
      });
      await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
      const before = profile.jar.get('__Host-portcullis-session');
      client.onStepUp(() => client.stepUp({ password: TEST_PASSWORD }));
      expect((await client.fetch('/invoices')).status).toBe(200);
      expect(profile.jar.get('__Host-portcullis-session')).not.toBe(before);
      const [other] = (await client.listSessions()).filter(({ current }) => !current);
      await client.revokeSession(other!.id);
      expect(await client.listSessions()).toHaveLength(1);
      await client.logout();
      expect([...profile.jar.keys()]).toEqual([]);
    });
  });

  it('two of them share nothing', async () => {
    const [one, other] = await Promise.all([createTestAuth(CLERK), createTestAuth(CLERK)]);
    await one.signOut();
    expect(other.client.getState().status).toBe('authenticated');
    expect(other.server.live).toBe(1);
  });
});
