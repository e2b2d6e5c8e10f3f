import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = join(__dirname, '..', '..', '..', 'packages', 'client', 'README.md');

/** The module of the client as our README shows it. */
export function documentedModule(): string {
  const [, snippet] = /```ts\n\/\/ auth\.ts\n(.*?)```/s.exec(readFileSync(README, 'utf8')) ?? [];
  if (snippet === undefined) throw new Error('the README shows no auth.ts');
  return snippet;
}

export const WITHOUT_DISPOSAL = `import { createAuthClient } from '@portcullis/client';
export const auth = createAuthClient();
`;

/** Vite calls it where the module itself is what somebody accepts, and for no module below. */
export const WITH_CALLBACK = `${WITHOUT_DISPOSAL}
if (import.meta.hot) import.meta.hot.dispose(() => auth.dispose());
`;

/** Leaves every client where a test finds it. */
const WITNESS = `
globalThis.auth = auth;
(globalThis.clients ??= []).push(auth);
`;

const INDEX = `<!doctype html>
<html lang="en">
<title>a page in development</title>
<body><div id="root"></div><script type="module" src="./main.tsx"></script></body>
</html>`;

const GREETING = `import { useUser } from '@portcullis/client/react';

export function Greeting() {
  return <p id="who">Good morning, {useUser()?.email ?? 'stranger'}</p>;
}
`;

const APP = `import { AuthProvider } from '@portcullis/client/react';
import { StrictMode } from 'react';
import { Greeting } from './greeting.tsx';

export function App({ client }) {
  return <StrictMode><AuthProvider client={client}><Greeting /></AuthProvider></StrictMode>;
}
`;

/** Accepts the client and the components each for itself. */
const MAIN_ABOVE_CLIENT = `import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { auth } from './auth.ts';

const root = createRoot(document.getElementById('root'));
let [Shown, client] = [App, auth];
const render = () => root.render(<Shown client={client} />);
render();
if (import.meta.hot) {
  import.meta.hot.accept('./app.tsx', (next) => { Shown = next.App; render(); });
  import.meta.hot.accept('./auth.ts', (next) => { client = next.auth; render(); });
}
`;

/** Accepts what is above the client. */
const MAIN = `import { createRoot } from 'react-dom/client';
import { Page } from './page.tsx';

const root = createRoot(document.getElementById('root'));
root.render(<Page />);
if (import.meta.hot) import.meta.hot.accept('./page.tsx', ({ Page }) => root.render(<Page />));
`;

const PAGE = `import { App } from './app.tsx';
import { auth } from './auth.ts';

export function Page() {
  return <App client={auth} />;
}
`;

/** What accepts a new module of the client: `page.tsx`, which imports it, or `main.tsx`, it alone. */
export type Boundary = 'above' | 'itself';

/** One application of a project: who accepts what, and how it makes its client. */
export interface Variant {
  readonly folder: string;
  readonly client: string;
  readonly boundary: Boundary;
}

/** A small application, as a developer has it before Vite. */
export function filesOf({ folder, client, boundary }: Variant): Record<string, string> {
  const files = {
    'index.html': INDEX,
    'main.tsx': boundary === 'itself' ? MAIN_ABOVE_CLIENT : MAIN,
    'page.tsx': PAGE,
    'app.tsx': APP,
    'greeting.tsx': GREETING,
    'auth.ts': client + WITNESS,
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]),
  );
}
