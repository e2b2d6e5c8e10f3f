import { setTimeout as sleep } from 'node:timers/promises';
import { decodeProtectedHeader } from 'jose';
import type { Fleet, FleetAnswer } from './fleet';

const ROUND_MILLISECONDS = 150;
/** How many of the newest tokens each round presents everywhere. */
const PRESENTED = 4;
const PATIENCE_MILLISECONDS = 15_000;

/** An access token, and which instance signed it with which key. */
export interface SignedToken {
  readonly token: string;
  readonly kid: string;
  readonly instance: number;
  /** Of `performance.now()`. */
  readonly signedAt: number;
}

/** Something that should not have happened. */
export interface TrafficFailure {
  readonly what: string;
  readonly instance: number;
  readonly status: number;
  readonly code?: unknown;
}

/**
 * One session per instance of a fleet that is refreshed all the time, while the newest access tokens
 * of all of them are presented to every instance. About 80 requests a second at most.
 */
export class TokenTraffic {
  readonly failures: TrafficFailure[] = [];
  readonly signed: SignedToken[] = [];
  verifications = 0;
  #refreshTokens: string[] = [];
  #rounds: number[] = [];
  #ignored = new Set<string>();
  #loops: Promise<void>[] = [];
  #stopped = false;

  constructor(
    private readonly fleet: Fleet,
    private readonly account: { readonly email: string; readonly password: string },
  ) {}

  async start(): Promise<void> {
    for (let instance = 0; instance < this.fleet.size; instance += 1) {
      const body = { ...this.account, transport: 'body' };
      this.#keep(instance, await this.fleet.ask(instance, 'POST', '/auth/login', { body }));
    }
    this.#rounds = this.#refreshTokens.map(() => 0);
    this.#loops = this.#refreshTokens.map((_, instance) => this.#run(instance));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  /** Presents tokens of a key no longer, and resolves when none is under way. */
  async ignore(kid: string): Promise<void> {
    this.#ignored.add(kid);
    const rounds = this.#rounds.map((count) => count + 2);
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    while (this.#rounds.some((count, instance) => count < rounds[instance]!)) {
      if (performance.now() > deadline) throw new Error('the traffic came to a halt');
      await sleep(20);
    }
  }

  /** Resolves when every instance has signed with a key, with when each first did. */
  async signedEverywhereWith(kid: string): Promise<readonly number[]> {
    const deadline = performance.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      const first = this.#refreshTokens.map((_, instance) =>
        this.signed.find((one) => one.kid === kid && one.instance === instance),
      );
      if (first.every((one) => one !== undefined)) return first.map((one) => one.signedAt);
      if (performance.now() > deadline) throw new Error(`not everybody signs with ${kid}`);
      await sleep(20);
    }
  }

  /** A token of each instance, the newest that was signed with a key. */
  newestOf(kid: string): readonly SignedToken[] {
    return this.#refreshTokens.flatMap(
      (_, instance) =>
        this.signed.findLast((one) => one.kid === kid && one.instance === instance) ?? [],
    );
  }

  async #run(instance: number): Promise<void> {
    while (!this.#stopped) {
      const startedAt = performance.now();
      await this.#refresh(instance);
      const tokens = this.signed.filter(({ kid }) => !this.#ignored.has(kid)).slice(-PRESENTED);
      await Promise.all(tokens.map((one) => this.#present(one, instance)));
      this.#rounds[instance]! += 1;
      await sleep(Math.max(0, ROUND_MILLISECONDS - (performance.now() - startedAt)));
    }
  }

  async #refresh(instance: number): Promise<void> {
    const body = { refresh_token: this.#refreshTokens[instance] };
    const answer = await this.#ask(instance, 'POST', '/auth/refresh', { body });
    if (answer.status === 200) this.#keep(instance, answer);
    else this.#fail('refresh', instance, answer);
  }

  async #present({ token, kid, instance: signer }: SignedToken, instance: number): Promise<void> {
    const answer = await this.#ask(instance, 'GET', '/auth/session', { token });
    this.verifications += 1;
    if (answer.status !== 200 && !this.#ignored.has(kid)) {
      this.#fail(`token of instance ${signer} and key ${kid}`, instance, answer);
    }
  }

  /** A request that fails altogether is an answer too: of status 0. */
  async #ask(...args: Parameters<Fleet['ask']>): Promise<FleetAnswer> {
    try {
      return await this.fleet.ask(...args);
    } catch (error) {
      return { status: 0, body: { code: String(error) } };
    }
  }

  #keep(instance: number, { status, body }: FleetAnswer): void {
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    const { access_token: token, refresh_token: refreshToken } = body as Record<string, string>;
    const { kid = '' } = decodeProtectedHeader(token!);
    this.#refreshTokens[instance] = refreshToken!;
    this.signed.push({ token: token!, kid, instance, signedAt: performance.now() });
  }

  #fail(what: string, instance: number, { status, body }: FleetAnswer): void {
    this.failures.push({ what, instance, status, code: body['code'] });
  }
}
