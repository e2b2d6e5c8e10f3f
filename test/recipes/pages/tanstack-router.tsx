import '../globals.js';
import { AuthProvider } from '@portcullis/client/react';
import {
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
  useParams,
} from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { auth } from '../auth.js';
import { Private, useGoOn } from '../tanstack-router.js';
import { Login, Paper } from './shown.js';

const root = createRootRoute();
const home = createRoute({ getParentRoute: () => root, path: '/', component: () => <h1>Home</h1> });
const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: () => <Login goOn={useGoOn()} />,
});
const layout = createRoute({ getParentRoute: () => root, id: 'private', component: Private });
const paper = createRoute({
  getParentRoute: () => layout,
  path: '/papers/$id',
  component: () => <Paper id={useParams({ from: '/private/papers/$id' }).id} />,
});
const router = createRouter({
  routeTree: root.addChildren([home, login, layout.addChildren([paper])]),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

globalThis.auth = auth;
createRoot(document.getElementById('root')!).render(
  <AuthProvider client={auth}>
    <RouterProvider router={router} />
  </AuthProvider>,
);
