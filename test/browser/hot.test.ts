import type { AuthClient } from '@portcullis/client';
import type { Page } from 'playwright-core';
import { until } from '../support/until';
import { collectComplaints } from './complaints';
import {
  documentedModule,
  filesOf,
  WITH_CALLBACK,
  WITHOUT_DISPOSAL,
  type Variant,
} from './hot/files';
import { HotProject } from './hot/project';
import { becomes, describeOnStage, refresh, started, statusOf } from './stage';

declare global {
  /** Every client that a page of the project made. */
  var clients: AuthClient[];
  /** Lost with a reload. */
  var isSamePage: true | undefined;
}

const REFRESH = '/auth/refresh';
const HOUR = '01:00:00';
/** Every life of a token, and its renewal. */
const LIVES = 4;

const COMPONENTS: Variant = {
  folder: 'components',
  client: documentedModule(),
  boundary: 'above',
};
const REPLACED: readonly (readonly [string, Variant])[] = [
  [
    'as the README shows it, below what is replaced',
    { folder: 'documented-below', client: documentedModule(), boundary: 'above' },
  ],
  [
    'as the README shows it, replaced itself',
    { folder: 'documented', client: documentedModule(), boundary: 'itself' },
  ],
  [
    'with a callback, replaced itself',
    { folder: 'callback', client: WITH_CALLBACK, boundary: 'itself' },
  ],
];
const LEFT_BEHIND: readonly (readonly [string, Variant])[] = [
  ['without a word', { folder: 'silent', client: WITHOUT_DISPOSAL, boundary: 'above' }],
  [
    'with a callback that Vite does not call',
    { folder: 'callback-below', client: WITH_CALLBACK, boundary: 'above' },
  ],
];

describeOnStage('modules that are replaced while the page lives', (stage) => {
  let project: HotProject;
  const complaints: string[] = [];

  beforeAll(async () => {
    const variants = [COMPONENTS, ...[...REPLACED, ...LEFT_BEHIND].map(([, variant]) => variant)];
    project = await HotProject.start(stage.site, Object.assign({}, ...variants.map(filesOf)));
  }, 60_000);

  afterAll(() => project.stop());

  beforeEach(() => {
    complaints.length = 0;
    collectComplaints(stage.context, complaints);
  });

  afterEach(async () => {
    expect(complaints).toEqual([]);
    expect(await stage.site.audited('authn_token_reuse')).toBe(0);
  });

  /** A page of the project for somebody who signed in before. */
  const developed = async ({ folder }: Variant) => {
    const page = await stage.signedIn();
    stage.site.reset();
    await page.goto(`${stage.site.url}/hot/${folder}/`);
    await started(page);
    await page.getByText('Good morning, admin@').waitFor();
    await page.evaluate(() => (globalThis.isSamePage = true));
    expect(stage.site.count(REFRESH)).toBe(1);
    stage.site.reset();
    return page;
  };

  const clientsOf = (page: Page) => page.evaluate(() => globalThis.clients.length);

  const replaceClient = async (page: Page, { folder }: Variant) => {
    const before = await clientsOf(page);
    await project.edit(`${folder}/auth.ts`, (text) => `${text}// edited\n`);
    await until('a client of the new module', async () => (await clientsOf(page)) === before + 1);
  };

  /** The page was not loaded again, shows who is signed in, and nobody holds a lock or waits for one. */
  const isWell = async (page: Page) => {
    await becomes(page, 'authenticated');
    await page.getByText('Good morning, admin@').waitFor();
    expect(await page.evaluate(() => globalThis.isSamePage)).toBe(true);
    await until('no lock', () =>
      page.evaluate(async () => {
        const { held, pending } = await navigator.locks.query();
        return held!.length + pending!.length === 0;
      }),
    );
  };

  const statusesOf = (page: Page) =>
    page.evaluate(() => globalThis.clients.map((client) => client.getState().status));

  it('keep the client when a component is edited, without a request', async () => {
    const page = await developed(COMPONENTS);
    for (const greeting of ['Good evening', 'Good night']) {
      await project.edit(`${COMPONENTS.folder}/greeting.tsx`, (text) =>
        text.replace(/Good \w+/, greeting),
      );
      await page.getByText(`${greeting}, admin@`).waitFor();
    }
    expect(await page.evaluate(() => globalThis.isSamePage)).toBe(true);
    expect(await clientsOf(page)).toBe(1);
    expect(stage.site.askedOfAuth).toEqual([]);
    expect(await refresh(page)).toBe('done');
  });

  describe.each(REPLACED)('a module of the client %s', (_title, variant) => {
    it('starts the new client with one refresh', async () => {
      const page = await developed(variant);
      await replaceClient(page, variant);
      await isWell(page);
      expect(stage.site.askedOfAuth.map(({ path, status }) => [path, status])).toEqual([
        [REFRESH, 200],
      ]);
    });

    it('starts the new client without a request where another tab is open', async () => {
      const page = await developed(variant);
      await stage.open();
      stage.site.reset();
      await replaceClient(page, variant);
      await isWell(page);
      expect(stage.site.askedOfAuth).toEqual([]);
    });

    it('leaves nothing of the old client that still acts', async () => {
      await stage.context.clock.install();
      const page = await developed(variant);
      await replaceClient(page, variant);
      await isWell(page);
      // With the new one at rest, too, whatever happens now is the old one's doing.
      await page.evaluate(() => globalThis.clients[1]!.dispose());
      stage.site.reset();
      await page.clock.fastForward(HOUR);
      await page.evaluate(() => {
        for (const type of ['focus', 'online']) window.dispatchEvent(new Event(type));
        document.dispatchEvent(new Event('visibilitychange'));
        window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      });
      await page.clock.fastForward(HOUR);
      expect(stage.site.askedOfAuth).toEqual([]);
      const other = await stage.open();
      await other.evaluate(() => globalThis.auth.logout());
      await page.clock.runFor(5000);
      expect(await statusesOf(page)).toEqual(['authenticated', 'authenticated']);
    });

    it('goes on when it is edited in the middle of a refresh, and many times', async () => {
      const page = await developed(variant);
      const held = stage.site.hold(REFRESH);
      const refreshing = refresh(page);
      await held.arrived;
      await replaceClient(page, variant);
      held.release();
      expect(await refreshing).toBe('done');
      await isWell(page);
      // That of the old client, and that with which the new one began.
      expect(stage.site.count(REFRESH)).toBeLessThanOrEqual(2);
      for (let count = 0; count < 5; count += 1) await replaceClient(page, variant);
      await isWell(page);
      expect(stage.site.count(REFRESH)).toBeLessThanOrEqual(7);
    });
  });

  describe.each(LEFT_BEHIND)('a client that is left behind %s', (_title, variant) => {
    it('hands the session to the new one, and both live on without harm', async () => {
      await stage.context.clock.install();
      const page = await developed(variant);
      await replaceClient(page, variant);
      await isWell(page);
      expect(stage.site.askedOfAuth).toEqual([]);
      for (let life = 0; life < LIVES; life += 1) {
        await page.clock.fastForward('10:00');
        await page.evaluate(() => window.dispatchEvent(new Event('focus')));
        await until('a refresh', () => stage.site.count(REFRESH) > life);
        await page.clock.runFor(6000);
      }
      expect(stage.site.count(REFRESH)).toBeLessThanOrEqual(LIVES + 1);
      expect(await statusesOf(page)).toEqual(['authenticated', 'authenticated']);
      await isWell(page);
      await page.evaluate(() => globalThis.auth.logout());
      await page.getByText('Good morning, stranger').waitFor();
      expect(await statusesOf(page)).toEqual(['anonymous', 'anonymous']);
      expect(await statusOf(page)).toBe('anonymous');
    });
  });
});
