import {
  Controller,
  Get,
  HttpStatus,
  Post,
  Redirect,
  Req,
  Res,
  type HttpRedirectResponse,
} from '@nestjs/common';
import { IsString } from 'class-validator';
import type { HttpRequest, ReadableHttpResponse } from '../../src/requests/http-request';
import { StrictForm } from '../../src/requests/strict-form.decorator';
import { RequirePermissions } from '../../src/route-access/access.decorators';
import { FormPost } from '../../src/route-access/form-post.decorator';
import { FormTokens, type FormField } from '../../src/sessions/form-tokens';
import { ORIGIN, PASSWORD, startAuthApp, ThingsController, type AuthApp } from './auth-app';
import { FormBrowser, type FormAnswer } from './form-browser';

class NoteForm {
  @IsString()
  text!: string;
}

/** The notes that forms wrote. */
export const notes: string[] = [];

/** What a host has: a page with a form, and the handler that takes it. */
@Controller('notes')
class NotesController {
  constructor(private readonly tokens: FormTokens) {}

  @RequirePermissions<string>('things:read')
  @Get()
  page(
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: ReadableHttpResponse,
  ): FormField {
    return this.tokens.field(request, response);
  }

  @RequirePermissions<string>('things:write')
  @FormPost()
  @Redirect()
  @Post()
  write(@StrictForm(NoteForm) { text }: NoteForm): HttpRedirectResponse {
    notes.push(text);
    return { url: '/notes', statusCode: HttpStatus.SEE_OTHER };
  }
}

/** An application with forms. */
export function startFormApp(): Promise<AuthApp> {
  return startAuthApp({
    structure: { forms: { loginPage: '/login', homePage: '/home' } },
    controllers: [ThingsController, NotesController],
  });
}

let people = 0;

/** The address of somebody new. */
export async function somebody(app: AuthApp, ...roles: string[]): Promise<string> {
  const email = `form-${(people += 1)}@example.test`;
  await app.createAccount(email, ...roles);
  return email;
}

/** Somebody new who signed in by a form. */
export async function signedInByForm(
  app: AuthApp,
  ...roles: string[]
): Promise<{ readonly email: string; readonly browser: FormBrowser }> {
  const email = await somebody(app, ...roles);
  const browser = new FormBrowser(app.url);
  expect((await browser.login(email, PASSWORD)).status).toBe(303);
  return { email, browser };
}

/** The status of an answer and the code of its problem. */
export function told({ status, code }: FormAnswer): readonly [number, string | undefined] {
  return [status, code];
}

/** Refused, and nothing came of it. */
export function expectRefused(answer: FormAnswer, status: number, code: string): void {
  expect(told(answer)).toEqual([status, code]);
  expect(answer.location).toBeNull();
  expect(answer.cookies).toEqual([]);
}

/** Sent back to a page, and nothing came of it. */
export function expectSentBack(answer: FormAnswer, location: string): void {
  expect([answer.status, answer.location]).toEqual([303, location]);
  expect(answer.cookies).toEqual([]);
}

/** The ids of the sessions of somebody that live. */
export async function sessionsOf(app: AuthApp, email: string): Promise<string[]> {
  const rows = await app.sql<{ id: string }>(
    `SELECT s.id FROM auth.sessions s JOIN auth.accounts a ON a.id = s.account_id
     WHERE a.email = $1 AND s.revoked_at IS NULL`,
    [email],
  );
  return rows.map(({ id }) => id);
}

/** What no page of ours sends. */
export const FOREIGN: [string, Record<string, string>, number, string][] = [
  ['no origin', { Origin: '' }, 403, 'origin_refused'],
  ['a null origin', { Origin: 'null' }, 403, 'origin_refused'],
  ['another origin', { Origin: 'https://evil.example' }, 403, 'origin_refused'],
  ['a longer origin', { Origin: `${ORIGIN}.evil.example` }, 403, 'origin_refused'],
  ['a foreign site', { Origin: '', 'Sec-Fetch-Site': 'cross-site' }, 403, 'origin_refused'],
  ['JSON', { 'Content-Type': 'application/json', 'x-csrf': '1' }, 415, 'unsupported_media_type'],
  ['plain text', { 'Content-Type': 'text/plain' }, 415, 'unsupported_media_type'],
  ['no media type', { 'Content-Type': '' }, 415, 'unsupported_media_type'],
];
