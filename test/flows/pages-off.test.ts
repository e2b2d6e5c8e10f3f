import type { ReferenceServer } from './reference-server';

describe('FORMS=off', () => {
  let server: ReferenceServer;

  beforeAll(async () => {
    // It decides which modules exist, so it is set before they are loaded.
    process.env.FORMS = 'off';
    const { startReferenceServer } = await import('./reference-server.js');
    server = await startReferenceServer();
  });

  afterAll(() => server.stop());

  it.each(['/pages/login', '/pages/invoices', '/pages/style.css', '/auth/form-token'])(
    'leaves out %s',
    async (path) => expect((await fetch(server.url + path)).status).toBe(404),
  );

  it.each(['/auth/form/login', '/auth/form/logout', '/invoices/x/approve-form'])(
    'leaves out the form to %s',
    async (path) => {
      const body = new URLSearchParams({ form_token: 'x' });
      expect((await fetch(server.url + path, { method: 'POST', body })).status).toBe(404);
    },
  );
});
