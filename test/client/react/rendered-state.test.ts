/** @jest-environment ./test/client/react/browser-environment.ts */
import { readInitialState, type AuthState } from '@portcullis/client';
import { ALICE, API, BOB, SIGNED_IN, World } from '../client-world';

function elementOf(state: unknown): string {
  return `<script type="application/json" id="portcullis-state">${JSON.stringify(state)}</script>`;
}

function read(html: string): AuthState | undefined {
  document.body.innerHTML = html;
  return readInitialState();
}

const FORGED = JSON.stringify({ ...SIGNED_IN, permissions: ['administrator'] });

describe('the state that a page was rendered with', () => {
  it('is read from its own element', () => {
    expect(read(elementOf(SIGNED_IN))).toEqual(SIGNED_IN);
    expect(read(elementOf({ status: 'anonymous', reason: 'signed_out' }))).toEqual({
      status: 'anonymous',
      reason: 'never',
    });
  });

  it.each([
    ['an element with text', `<div id="portcullis-state">${FORGED}</div>`],
    [
      'a link that says to be JSON',
      `<a id="portcullis-state" type="application/json">${FORGED}</a>`,
    ],
    ['a field', `<textarea id="portcullis-state">${FORGED}</textarea>`],
    ['a template', `<template id="portcullis-state">${FORGED}</template>`],
    ['a form with a field', '<form id="portcullis-state"><input name="textContent"></form>'],
    [
      'a form that says to be a script',
      '<form id="portcullis-state"><input name="nodeName" value="SCRIPT"></form>',
    ],
    ['a drawing', `<svg><text id="portcullis-state">${FORGED}</text></svg>`],
  ])('SSR: is not read from %s that stands in the page', (_what, html) => {
    expect(read(html)).toBeUndefined();
    // Nor is the own one replaced by it, wherever it stands.
    expect(read(html + elementOf(SIGNED_IN))).toEqual(SIGNED_IN);
    expect(read(elementOf(SIGNED_IN) + html)).toEqual(SIGNED_IN);
  });

  it.each(['querySelector', 'getElementById', 'documentElement'])(
    'is none, and nothing fails, where an element took the place of document.%s',
    (name) => {
      expect(() => read(`<img name="${name}"><form name="${name}"></form>`)).not.toThrow();
      expect(read(`<img name="${name}">`)).toBeUndefined();
    },
  );

  it.each([
    ['no session', { ...SIGNED_IN, session: undefined }],
    ['an id that is none', { ...SIGNED_IN, user: { ...SIGNED_IN.user, id: 7 } }],
    ['an address that is none', { ...SIGNED_IN, user: { ...SIGNED_IN.user, email: ['a'] } }],
    ['a name that is none', { ...SIGNED_IN, user: { ...SIGNED_IN.user, displayName: {} } }],
    [
      'an id of the session that is none',
      { ...SIGNED_IN, session: { ...SIGNED_IN.session, id: {} } },
    ],
    ['roles in one text', { ...SIGNED_IN, roles: 'administrator' }],
    ['permissions in one text', { ...SIGNED_IN, permissions: 'invoices:read' }],
    ['permissions that are none', { ...SIGNED_IN, permissions: [{}] }],
    [
      'permissions like a list',
      { ...SIGNED_IN, permissions: { length: 1, 0: 'x', includes: true } },
    ],
    ['a version in words', { ...SIGNED_IN, authorityVersion: 'x' }],
    ['no version', { ...SIGNED_IN, authorityVersion: undefined }],
    ['a status that a server does not give', { ...SIGNED_IN, status: 'stale' }],
    ['a list', [SIGNED_IN]],
  ])('is none with %s', (_what, state) => {
    expect(read(elementOf(state))).toBeUndefined();
  });

  it('takes no member that a state does not have, at any depth', () => {
    const text = JSON.stringify({
      ...SIGNED_IN,
      token: 't',
      session: { ...SIGNED_IN.session, token: 't' },
    }).replaceAll('{', '{"__proto__":{"isAdmin":true},"constructor":{"a":1},');
    document.body.innerHTML = `<script type="application/json" id="portcullis-state">${text}</script>`;
    const state = readInitialState() as typeof SIGNED_IN;
    expect(Object.keys(state).sort()).toEqual(Object.keys(SIGNED_IN).sort());
    expect(Object.keys(state.session).sort()).toEqual(Object.keys(SIGNED_IN.session).sort());
    expect(Object.keys(state.user).sort()).toEqual(Object.keys(SIGNED_IN.user).sort());
    for (const part of [state, state.user, state.session, {}]) {
      expect(part).not.toHaveProperty('isAdmin');
    }
  });
});

describe('a page that was rendered for somebody', () => {
  it('SD-9: shows nobody where the cookie is gone by the time that it starts', async () => {
    const world = new World();
    const page = await world.open({ initialState: SIGNED_IN, transport: 'session' });
    expect(page.auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out_elsewhere' });
    expect(world.profile.requests).toEqual([]);
  });

  it('asks for nothing where the cookie is there', async () => {
    const world = new World();
    await world.close(await world.signedIn());
    world.profile.requests.length = 0;
    const page = await world.open({ initialState: SIGNED_IN });
    expect(page.auth.user?.email).toBe(ALICE.email);
    expect([world.profile.requests, page.seen]).toEqual([[], []]);
  });

  it('SD-9: gets no token of another person for it', async () => {
    const world = new World();
    await world.close(await world.signedIn());
    const other = await world.open();
    await world.done(other.auth.login(BOB));
    const page = await world.open({ initialState: SIGNED_IN });
    const sent = world.done(page.auth.fetch(API));
    await expect(sent).rejects.toMatchObject({ code: 'superseded' });
    expect(page.auth.user?.email).toBe(BOB.email);
    expect(world.profile.count('/invoices')).toBe(0);
  });
});
