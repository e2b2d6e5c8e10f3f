import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import type { Type } from '@nestjs/common';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { complaintsOf, scriptOf } from '../support/compiled-example';
import { FormBrowser } from '../support/form-browser';

const ROOT = join(__dirname, '..', '..');

/** The application that docs/browser-sessions.md shows whole. */
function exampleOfThePage(): string {
  const page = readFileSync(join(ROOT, 'docs', 'browser-sessions.md'), 'utf8');
  const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, text = '']) => text);
  return blocks.find((text) => text.includes('class NotePages')) ?? '';
}

function load(source: string): { readonly NotePages: Type } {
  const outputText = scriptOf(source);
  const exported = {};
  const parameters = ['require', 'exports', 'Reflect'];
  const run = compileFunction(outputText, parameters) as (...given: readonly unknown[]) => void;
  // Decorators write where the Reflect of these modules reads.
  run(require, exported, Reflect);
  return exported as { NotePages: Type };
}

describe('the example in docs/browser-sessions.md', () => {
  const example = exampleOfThePage();
  let app: AuthApp;
  let browser: FormBrowser;

  beforeAll(async () => {
    app = await startAuthApp({
      structure: { forms: { loginPage: '/login', homePage: '/notes' } },
      controllers: [load(example).NotePages],
    });
    await app.createAccount('ada@example.test');
    browser = new FormBrowser(app.url);
  }, 60_000);

  afterAll(() => app.close());

  function tokenIn(page: string): string {
    return /name="form_token" value="([\w-]+)"/.exec(page)?.[1] ?? '';
  }

  it('compiles', () => expect(complaintsOf(example)).toEqual([]), 120_000);

  it('signs in, takes a note, shows it as text, and signs out', async () => {
    const login = await browser.get('/login?returnTo=%2Fnotes');
    const fields = {
      form_token: tokenIn(login.text),
      returnTo: '/notes',
      email: 'ada@example.test',
    };
    const wrong = await browser.send('/auth/form/login', { ...fields, password: 'x'.repeat(20) });
    expect(wrong.location).toBe('/login?error=invalid_credentials&returnTo=%2Fnotes');
    expect((await browser.get(wrong.location!)).text).toContain('That did not work.');
    const right = await browser.send('/auth/form/login', { ...fields, password: PASSWORD });
    expect([right.status, right.location]).toEqual([303, '/notes']);
    const form_token = tokenIn((await browser.get('/notes')).text);
    const added = await browser.send('/notes', { form_token, text: '<script>alert(1)</script>' });
    expect([added.status, added.location]).toEqual([303, '/notes']);
    const { text } = await browser.get('/notes');
    expect(text).toContain('<li>&#60;script&#62;alert(1)&#60;/script&#62;</li>');
    expect((await browser.send('/notes', { form_token: 'x', text: 'a' })).code).toBe('csrf_failed');
    const out = await browser.send('/auth/form/logout', { form_token });
    expect([out.status, out.location]).toEqual([303, '/login']);
    expect((await browser.get('/notes')).status).toBe(401);
  });
});
