import '../globals.js';
import { AuthProvider } from '@portcullis/client/react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider, useParams } from 'react-router';
import { auth } from '../auth.js';
import { Private, useGoOn } from '../react-router.js';
import { Login, Paper } from './shown.js';

const router = createBrowserRouter([
  { path: '/', element: <h1>Home</h1> },
  { path: '/login', Component: () => <Login goOn={useGoOn()} /> },
  {
    Component: Private,
    children: [{ path: '/papers/:id', Component: () => <Paper id={useParams()['id']} /> }],
  },
]);

globalThis.auth = auth;
createRoot(document.getElementById('root')!).render(
  <AuthProvider client={auth}>
    <RouterProvider router={router} />
  </AuthProvider>,
);
