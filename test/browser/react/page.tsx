import { createAuthClient } from '@portcullis/client';
import {
  AuthProvider,
  RequireAuth,
  useAuth,
  useCan,
  useRole,
  useSession,
  useUser,
} from '@portcullis/client/react';
import { Profiler, StrictMode, useState, version, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';

declare global {
  /** What React left for the tests. */
  var react: ReactPage;
}

/** A page of components, in the hands of a test. */
interface ReactPage {
  readonly version: string;
  /** Names of the components that were rendered, one for each time. */
  readonly renders: string[];
  /** One for each time that React changed the page, or looked whether it had to. */
  readonly commits: string[];
  /** Where the page would have led people to sign in. */
  readonly left: string[];
  /** Every status in turn. */
  readonly seen: string[];
  show(root: string): void;
  hide(root: string): void;
}

const { searchParams } = new URL(location.href);
const roots = new Map<string, Root>();
const auth = createAuthClient();
const HOOKS: Readonly<Record<string, () => unknown>> = {
  useAuth: () => useAuth().status,
  useUser: () => useUser()?.email,
  useSession: () => useSession()?.id,
  reads: () => useCan('invoices:read'),
  approves: () => useCan('invoices:approve'),
  views: () => useRole('viewer'),
};

globalThis.auth = auth;
globalThis.react = {
  version,
  renders: [],
  commits: [],
  left: [],
  seen: [auth.getState().status],
  show(name) {
    const element = document.body.appendChild(document.createElement('div'));
    element.id = name;
    const root = createRoot(element);
    roots.set(name, root);
    root.render(searchParams.has('strict') ? <StrictMode>{app()}</StrictMode> : app());
  },
  hide(name) {
    roots.get(name)?.unmount();
    document.getElementById(name)?.remove();
  },
};
auth.subscribe(() => react.seen.push(auth.getState().status));
for (const name of searchParams.getAll('root')) react.show(name);

function app(): ReactNode {
  return (
    <Profiler id="page" onRender={(id) => react.commits.push(id)}>
      <AuthProvider client={auth}>
        <RequireAuth loading={<p>One moment</p>} onUnauthenticated={(to) => react.left.push(to)}>
          {Object.entries(HOOKS).map(([name, use]) => (
            <Watch key={name} name={name} use={use} />
          ))}
          <Form />
        </RequireAuth>
      </AuthProvider>
    </Profiler>
  );
}

function Watch({ name, use }: { readonly name: string; readonly use: () => unknown }): ReactNode {
  react.renders.push(name);
  return <p data-hook={name}>{String(use())}</p>;
}

/** One field that the page keeps, and one that React keeps. */
function Form(): ReactNode {
  react.renders.push('form');
  const [note, setNote] = useState('');
  return (
    <form>
      <input aria-label="Number" />
      <textarea aria-label="Note" value={note} onChange={(event) => setNote(event.target.value)} />
    </form>
  );
}
