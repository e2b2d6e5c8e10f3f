import type { AuthError, AuthState, SignedIn, User } from '@portcullis/client';
import type { Page, World } from './client-world';

const PARTS = ['user', 'session', 'roles', 'permissions'] as const;

/**
 * Watches every state of every tab for what must never be seen, at the moment at which a component would
 * see it: what only holds between two steps is no comfort to somebody who is shown another's data.
 */
export class Watch {
  readonly #violations: string[] = [];
  readonly #shown = new Map<Page, AuthState>();
  #requests = 0;

  constructor(private readonly world: World) {}

  /** From now on every state of the tab is looked at. */
  begin(page: Page): void {
    const { auth } = page;
    let told: User | undefined;
    let last: User | undefined;
    const over = new Set<string>();
    this.#shown.set(page, auth.getState());
    auth.onUserChange((user) => (told = user));
    auth.subscribe(() => {
      const [before, after] = [this.#shown.get(page)!, auth.getState()];
      this.#shown.set(page, after);
      const [session, next] = [signedInBy(before)?.session.id, signedInBy(after)?.session.id];
      if (session !== undefined && session !== next) over.add(session);
      this.#never(next !== undefined && over.has(next), 'a session that was over came back');
      const person = signedInBy(after)?.user;
      const isAnother = last !== undefined && person !== undefined && last.id !== person.id;
      this.#never(isAnother && told?.id !== person.id, 'shown before anybody was told');
      last = person ?? last;
      this.#compare(before, after);
    });
  }

  /** To be called when nothing is under way. */
  check(): void {
    for (const page of this.world.pages) {
      this.#never(page.auth.getState() !== this.#shown.get(page), 'changed, and nobody was told');
    }
    expect(this.#violations).toEqual([]);
  }

  /**
   * A request of whoever is shown in a tab. It must be done for nobody else, and sent twice at the most.
   *
   * @returns the status of its answer, or the code with which it failed
   */
  async send(page: Page, url: string): Promise<number | string> {
    const asks = page.auth.user?.email;
    const number = String((this.#requests += 1));
    const outcome = await page.auth
      .fetch(`${url}?n=${number}`, { method: 'POST', body: number })
      .then(
        async (response) => {
          const { by = asks } = (await response.json()) as { readonly by?: string };
          this.#never(by !== asks, `${asks} asked, and it was done for ${by}`);
          return response.status;
        },
        (error: unknown) => (error as AuthError).code,
      );
    this.#never((this.world.sent.get(number) ?? 0) > 2, 'sent more than twice');
    return outcome;
  }

  #compare(before: AuthState, after: AuthState): void {
    this.#never(textOf(before) === textOf(after), 'told of no change');
    const [one, other] = [signedInBy(before), signedInBy(after)];
    if (other === undefined) return;
    this.#never(!other.user.email, 'signed in as nobody');
    if (one === undefined) return;
    for (const part of PARTS) {
      const isSame = textOf(one[part]) === textOf(other[part]);
      this.#never(isSame && one[part] !== other[part], `the same ${part} in another object`);
    }
    const isOneSession = one.session.id === other.session.id;
    this.#never(isOneSession && other.session.authTime < one.session.authTime, 'a proof forgotten');
  }

  #never(happened: boolean, what: string): void {
    if (happened) this.#violations.push(what);
  }
}

function signedInBy(state: AuthState): SignedIn | undefined {
  return 'user' in state ? state : undefined;
}

function textOf(value: unknown): string {
  return JSON.stringify(value);
}
