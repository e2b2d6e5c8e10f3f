import { AuthProvider } from '@portcullis/client/react';
import { createAuthClient, type AuthClient, type AuthState } from '@portcullis/client';
import { act, StrictMode, type ReactElement, type ReactNode } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { World } from '../client-world';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

/** A page with components in it, in a tab of a virtual profile. */
export class RenderedPage {
  readonly element = document.body.appendChild(document.createElement('div'));
  #root: Root | undefined;

  constructor(
    readonly world: World,
    readonly auth: AuthClient,
  ) {}

  /** Opens a tab whose client nobody has started. */
  static open(world = new World(), initialState?: AuthState): RenderedPage {
    const { browser } = world.profile.openTab();
    return new RenderedPage(
      world,
      createAuthClient({ browser, ...(initialState && { initialState }) }),
    );
  }

  /** Opens a tab in a profile that somebody signed in with before. */
  static async afterReload(world = new World()): Promise<RenderedPage> {
    await world.close(await world.signedIn());
    world.profile.requests.length = 0;
    return RenderedPage.open(world);
  }

  get text(): string {
    return this.element.textContent;
  }

  async show(children: ReactNode): Promise<void> {
    await this.#update(this.#wrap(children));
  }

  async showStrictly(children: ReactNode): Promise<void> {
    await this.#update(<StrictMode>{this.#wrap(children)}</StrictMode>);
  }

  /** What a server would send for the state that the client was made with. */
  rendered(children: ReactNode): string {
    return renderToString(this.#wrap(children));
  }

  /** Takes over what a server sent; answers with what was on the page after the first rendering. */
  async hydrate(html: string, children: ReactNode): Promise<string> {
    this.element.innerHTML = html;
    let first = '';
    await act(async () => {
      this.#root = hydrateRoot(this.element, <StrictMode>{this.#wrap(children)}</StrictMode>);
      await new Promise<void>((resolve) => queueMicrotask(resolve));
      first = this.element.innerHTML;
    });
    return first;
  }

  async leave(): Promise<void> {
    await act(async () => this.#root?.unmount());
    this.#root = undefined;
  }

  /** Lets time pass and React follow. */
  async pass(milliseconds = 2000): Promise<void> {
    await act(async () => this.world.pass(milliseconds));
  }

  /** Does something, with the time that it takes; what it rejects with is its result. */
  async done<Result>(work: () => Promise<Result>): Promise<Result> {
    let result: Promise<Result> | undefined;
    await act(async () => {
      result = this.world.done(work());
      await result.catch(() => undefined);
    });
    return result!;
  }

  async #update(element: ReactElement): Promise<void> {
    await act(async () => {
      this.#root ??= createRoot(this.element);
      this.#root.render(element);
    });
    await this.pass();
  }

  #wrap(children: ReactNode): ReactElement {
    return <AuthProvider client={this.auth}>{children}</AuthProvider>;
  }
}
