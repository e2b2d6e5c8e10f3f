import { useEffect } from 'react';
import { auth } from '../auth.js';

/** A page to sign in; the test is its form. */
export function Login({ goOn }: { readonly goOn: () => void }) {
  useEffect(() => {
    globalThis.signInAndGoOn = async (account) => {
      await auth.login(account);
      goOn();
    };
  });
  return <h1>Sign in</h1>;
}

export function Paper({ id }: { readonly id: string | undefined }) {
  return <h1>Paper {id}</h1>;
}
