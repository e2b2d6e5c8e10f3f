import { useUser } from '@portcullis/client/react';
import type { ReactNode } from 'react';
import { initials } from './format';

/** Who is signed in, at the foot of the navigation, beside the way out. */
export function Whoami({ children }: { readonly children: ReactNode }) {
  const user = useUser();
  if (user === null) return null;
  const name = user.displayName ?? user.email;
  return (
    <div className="whoami">
      <span className="avatar" aria-hidden="true">
        {initials(name)}
      </span>
      <span className="whoami-text">
        <strong>{name}</strong>
        <span className="small muted">{user.email}</span>
      </span>
      {children}
    </div>
  );
}
