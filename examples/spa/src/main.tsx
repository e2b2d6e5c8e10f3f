import '../../shared/design.css';
import { AuthProvider } from '@portcullis/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { auth } from './auth';
import { Toasts } from './toasts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <AuthProvider client={auth}>
      <Toasts>
        <App />
      </Toasts>
    </AuthProvider>
  </StrictMode>,
);
