import { randomUUID } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import { CompiledCatalogue } from '../access/compiled-catalogue';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';
import { TenantsService } from '../tenants/tenants.service';
import { partOf } from './application-part';
import { casesOf, type PlannedCase, type Sender } from './matrix-cases';
import { MatrixClient, type MatrixAnswer } from './matrix-client';
import { MatrixHolders } from './matrix-holders';
import type { AccessMatrixOptions, AccessMatrixResult, MatrixCase } from './matrix-options';
import { fillPath, matrixRoutes, type MatrixRoute } from './matrix-routes';
import { PrincipalFactory, type FactoryWishes } from './principal-factory';
import type { TestHeaders } from './test-principal';

/** An answer that is not what a route declares. */
export interface Mismatch {
  readonly route: string;
  readonly name: MatrixCase;
  readonly says?: string;
  readonly expected: string;
  readonly got: string;
}

type Outcome = AccessMatrixResult & { readonly mismatches: readonly Mismatch[] };

const TOO_MANY_REQUESTS = 429;

/** One run over the routes of an application. */
export class AccessMatrix {
  readonly #app: INestApplication;
  readonly #options: AccessMatrixOptions;
  readonly #principals: PrincipalFactory;
  readonly #tenancy: ResolvedAuthOptions['tenancy'];
  /** New tenants: nobody holds anything there but those who are sent. */
  readonly #here = randomUUID();
  readonly #elsewhere = randomUUID();

  constructor(app: INestApplication, options: AccessMatrixOptions) {
    this.#app = app;
    this.#options = options;
    this.#principals = new PrincipalFactory(app, 'expectAccessMatrix');
    this.#tenancy = partOf<ResolvedAuthOptions>(app, ResolvedAuthOptions).tenancy;
  }

  async run(): Promise<Outcome> {
    const client = await MatrixClient.of(this.#app);
    const holders = new MatrixHolders(partOf(this.#app, CompiledCatalogue));
    const usesTenants = await this.#usesTenants();
    const { routes, skipped } = this.#chosen();
    const cases = { ...NONE };
    const mismatches: Mismatch[] = [];
    const asked = new Set<string>();
    for (const route of routes) {
      const planned = casesOf(route, holders, usesTenants);
      if (planned.length === 0) mismatches.push(unreachable(route));
      for (const one of planned.filter(({ name }) => !this.#isSkipped(route, name))) {
        const answer = await client.send(await this.#requestOf(route, one.sender));
        if (answer.status === TOO_MANY_REQUESTS) throw throttled(route);
        asked.add(route.name);
        cases[one.name] += 1;
        if (!one.isRight(answer)) mismatches.push(mismatchOf(route, one, answer));
      }
    }
    const requests = Object.values(cases).reduce((sum, count) => sum + count, 0);
    return { routes: asked.size, requests, cases, skipped, mismatches };
  }

  #chosen(): Pick<ReturnType<typeof matrixRoutes>, 'routes' | 'skipped'> {
    const { skip = [], only } = this.#options;
    const { routes, skipped } = matrixRoutes(this.#app);
    const known = [...routes.map(({ name }) => name), ...skipped.map(({ route }) => route)];
    const unknown = [...skip.map(({ route }) => route), ...(only ?? [])].filter(
      (name) => !known.includes(name),
    );
    if (unknown.length > 0) {
      throw new Error(
        `expectAccessMatrix: no route is named ${unknown.join(', ')}. There are:\n${known.sort().join('\n')}`,
      );
    }
    const unreasoned = skip.find(({ reason }) => reason.trim() === '');
    if (unreasoned !== undefined) {
      throw new Error(`expectAccessMatrix: say why ${unreasoned.route} is skipped`);
    }
    return {
      routes: routes.filter(({ name }) => only === undefined || only.includes(name)),
      skipped: [...skipped, ...skip],
    };
  }

  #isSkipped({ name }: MatrixRoute, of: MatrixCase): boolean {
    return (this.#options.skip ?? []).some(
      ({ route, cases }) => route === name && (cases === undefined || cases.includes(of)),
    );
  }

  async #usesTenants(): Promise<boolean> {
    const { tenants } = this.#options;
    const { source, required } = this.#tenancy;
    if (tenants !== undefined || source !== 'claim' || required) return tenants ?? true;
    const { items } = await partOf(this.#app, TenantsService).list({ limit: 1 });
    return items.length > 0;
  }

  async #requestOf(route: MatrixRoute, sender: Sender | undefined) {
    const { parameter, source } = this.#tenancy;
    const headers: TestHeaders = sender === undefined ? {} : await this.#headersOf(sender, route);
    const parameters = {
      ...(source === 'path' ? { [parameter]: this.#here } : {}),
      ...this.#options.parameters,
    };
    return {
      method: route.method,
      path: fillPath(route.template, parameters),
      headers: { ...route.headers, ...headers },
    };
  }

  /** An account for one request: what a request does to its session harms no other. */
  async #headersOf(sender: Sender, route: MatrixRoute): Promise<TestHeaders> {
    const { roles, permissions, amr, ageSeconds, held } = sender;
    const nowSeconds = partOf(this.#app, Clock).nowSeconds();
    const wishes: FactoryWishes = {
      roles,
      permissions,
      amr,
      authTime: new Date((nowSeconds - ageSeconds) * 1000),
    };
    const { headers } = await this.#principals.create({ ...wishes, ...this.#placeOf(held, route) });
    return headers;
  }

  #placeOf(held: Sender['held'], route: MatrixRoute): FactoryWishes {
    if (held === 'everywhere') return {};
    if (held === 'here') return { tenant: this.#here };
    // Routes of ours that name no tenant act in the one that the session is bound to, or in none.
    if (route.isOwn) return { heldIn: this.#elsewhere };
    const isNamed =
      this.#tenancy.source === 'header' ||
      this.#tenancy.source === 'subdomain' ||
      (this.#tenancy.source === 'path' && route.template.includes(`:${this.#tenancy.parameter}`));
    return { tenant: this.#here, heldIn: this.#elsewhere, isBound: !isNamed };
  }
}

const NONE: Readonly<Record<MatrixCase, number>> = {
  public: 0,
  anonymous: 0,
  lacking: 0,
  exact: 0,
  other_tenant: 0,
  step_up_stale: 0,
};

function mismatchOf(route: MatrixRoute, planned: PlannedCase, answer: MatrixAnswer): Mismatch {
  const { status, code, failure = '' } = answer;
  return {
    route: route.name,
    name: planned.name,
    says: planned.sender?.says,
    expected: planned.expected,
    got: status === undefined ? failure : [status, code].filter(Boolean).join(' '),
  };
}

function unreachable({ name }: MatrixRoute): Mismatch {
  return {
    route: name,
    name: 'exact',
    expected: 'somebody who may use it',
    got: 'needs that nobody may hold together',
  };
}

function throttled({ name }: MatrixRoute): Error {
  return new Error(
    `expectAccessMatrix: ${name} answered 429. Raise the limits of \`throttling\` in the options ` +
      'that the tests use: the matrix sends some requests for each route.',
  );
}
