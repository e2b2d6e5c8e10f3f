import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import type { INestApplicationContext } from '@nestjs/common';
import { ConfigurationError } from '../errors/configuration-error';
import type { AccessCatalogue } from '../route-access/access-catalogue';
import { asPrincipal } from './as-principal';
import {
  conformanceAccess,
  PERSONAS,
  SOUND,
  subjectOf,
  UNSOUND,
  type Composition,
  type ConformanceSubject,
  type Persona,
  type SoundComposition,
} from './conformance-subjects';
import type { TestPrincipal } from './test-principal';

/** What became of a call. @publicApi */
export type ConformanceAnswer = 'allowed' | 'unauthenticated' | 'forbidden';

/** An application that serves the subjects. @publicApi */
export interface RunningConformanceHost {
  readonly app: INestApplicationContext;
  /** Calls the handler of a subject; without a principal as a stranger. */
  call(handler: string, principal?: TestPrincipal): Promise<ConformanceAnswer>;
  /** Ends the application and everything that was opened for it. */
  close(): Promise<void>;
}

/** Serves handlers over one transport, in a real application with `AuthModule`. @publicApi */
export interface ConformanceHost {
  /** Stands before the name of every case. */
  readonly name: string;
  /**
   * Whether callers authenticate when they connect, as on a WebSocket: a stranger then reaches a public
   * handler only where everything beside it is public. @default false
   */
  readonly authenticatesConnections?: boolean;
  /**
   * Makes each class a controller, resolver or gateway and its method a handler, and starts an
   * application with them and with this catalogue. Where the application does not start, it rejects with
   * what stopped it, and leaves nothing open.
   */
  start(
    subjects: readonly ConformanceSubject[],
    access: AccessCatalogue,
  ): Promise<RunningConformanceHost>;
}

/** One test, for any runner. @publicApi */
export interface ConformanceCase {
  readonly name: string;
  /** @throws AssertionError */
  run(): Promise<void>;
}

type Answers = ReadonlyMap<string, Readonly<Record<Persona, ConformanceAnswer>>>;

/**
 * The rules by which declarations of access compose, as tests for any transport, adapter or guard:
 * effective access is that of the class *and* that of the method in both directions; only a stated
 * reason opens; and what nobody declared, contradicts itself or names what is not there does not start.
 *
 * The first case that runs starts an application with all sound compositions, asks everything and ends
 * it again; the first of the others tries to start one with all unsound ones. The rest only compare, so
 * no case leaves anything running.
 *
 * @example
 * const express: ConformanceHost = {
 *   name: 'Express',
 *   async start(subjects, access) {
 *     for (const subject of subjects) {
 *       Controller()(subject.type);
 *       decorateHandler(subject, Get(subject.handler));
 *     }
 *     const app = await startMyApp({ access, controllers: subjects.map(({ type }) => type) });
 *     return {
 *       app,
 *       close: () => app.close(),
 *       async call(handler, principal) {
 *         const sent = request(app.getHttpServer()).get(`/${handler}`);
 *         const { status } = await (principal?.as(sent) ?? sent);
 *         return status === 401 ? 'unauthenticated' : status === 403 ? 'forbidden' : 'allowed';
 *       },
 *     };
 *   },
 * };
 * for (const { name, run } of accessConformance(express)) it(name, run);
 *
 * @publicApi
 */
export function accessConformance(host: ConformanceHost): readonly ConformanceCase[] {
  const answers = once(() => askAll(host));
  const refusal = once(() => refusalOf(host));
  return [
    ...SOUND.map((composition, index) => ({
      name: `${host.name}: ${composition.title}`,
      run: async () => {
        compare(host, composition, (await answers()).get(handlerAt(index)));
      },
    })),
    ...UNSOUND.map(({ title }, index) => ({
      name: `${host.name}: ${title} does not start`,
      run: async () => {
        assertRefused(title, handlerAt(index), await refusal());
      },
    })),
  ];
}

async function askAll(host: ConformanceHost): Promise<Answers> {
  const running = await host.start(subjectsOf(SOUND), conformanceAccess);
  try {
    const principals = new Map<Persona, TestPrincipal | undefined>();
    for (const persona of Object.keys(PERSONAS) as Persona[]) {
      const wishes = PERSONAS[persona];
      principals.set(persona, wishes && (await asPrincipal(running.app, wishes)));
    }
    const answers = new Map<string, Record<Persona, ConformanceAnswer>>();
    for (const handler of SOUND.map((_, index) => handlerAt(index))) {
      const ofHandler: Partial<Record<Persona, ConformanceAnswer>> = {};
      for (const [persona, principal] of principals) {
        ofHandler[persona] = await running.call(handler, principal);
      }
      answers.set(handler, ofHandler as Record<Persona, ConformanceAnswer>);
    }
    return answers;
  } finally {
    await running.close();
  }
}

/** What stopped the application; undefined where nothing did. */
async function refusalOf(host: ConformanceHost): Promise<unknown> {
  try {
    const running = await host.start(subjectsOf(UNSOUND), conformanceAccess);
    await running.close();
    return undefined;
  } catch (error) {
    return error;
  }
}

function compare(
  { authenticatesConnections = false }: ConformanceHost,
  composition: SoundComposition,
  actual: Readonly<Record<Persona, ConformanceAnswer>> | undefined,
): void {
  const { title, admits, ofMethod } = composition;
  // Only the class can say who may connect.
  const isPublicClass = ofMethod.length === 0;
  const expected = Object.fromEntries(
    (Object.keys(PERSONAS) as Persona[]).map((persona): [Persona, ConformanceAnswer] => {
      if (persona !== 'stranger')
        return [persona, admits.includes(persona) ? 'allowed' : 'forbidden'];
      const isAdmitted = admits.includes(persona) && (isPublicClass || !authenticatesConnections);
      return [persona, isAdmitted ? 'allowed' : 'unauthenticated'];
    }),
  );
  const wrong = Object.keys(expected).filter(
    (persona) => actual?.[persona as Persona] !== expected[persona],
  );
  if (wrong.length === 0) return;
  throw new AssertionError({
    message: `${title}: ${wrong
      .map(
        (name) =>
          `${name} is ${String(actual?.[name as Persona])}, must be ${String(expected[name])}`,
      )
      .join('; ')}`,
    actual,
    expected,
    operator: 'accessConformance',
  });
}

function assertRefused(title: string, handler: string, refusal: unknown): void {
  const failed = (message: string) =>
    new AssertionError({ message: `${title}: ${message}`, operator: 'accessConformance' });
  if (refusal === undefined) throw failed('the application started');
  if (!(refusal instanceof ConfigurationError)) {
    const [cause = ''] = inspect(refusal).split('\n');
    throw failed(`the application was not stopped by a ConfigurationError, but by ${cause}`);
  }
  if (refusal.problems.some(({ option }) => option.includes(`.${handler}()`))) return;
  throw failed(`nothing complained about it:\n${refusal.message}`);
}

function subjectsOf(compositions: readonly Composition[]): readonly ConformanceSubject[] {
  return compositions.map((composition, index) => subjectOf(composition, handlerAt(index)));
}

/** Numbers of one width, so that no name is the beginning of another. */
function handlerAt(index: number): string {
  return `handle${String(index + 1).padStart(2, '0')}`;
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => (result ??= work());
}
