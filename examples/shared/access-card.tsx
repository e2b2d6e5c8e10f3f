import type { AuthState } from '@portcullis/client';
import { useAuthState } from '@portcullis/client/react';

const NONE: readonly never[] = [];

const rolesOf = (state: AuthState) => ('roles' in state ? state.roles : NONE);
const permissionsOf = (state: AuthState) => ('permissions' in state ? state.permissions : NONE);

/** The roles of whoever is signed in, and what they allow. It changes as they do. */
export function AccessCard() {
  const roles = useAuthState(rolesOf);
  const permissions = useAuthState(permissionsOf);
  return (
    <section className="card" aria-labelledby="access-heading">
      <div className="card-head">
        <h2 id="access-heading">What you may do</h2>
        <div className="row">
          {roles.map((role) => (
            <span key={role} className="badge badge-accent">
              {role}
            </span>
          ))}
        </div>
      </div>
      <ul className="card-body row" aria-label="Permissions">
        {permissions.map((permission) => (
          <li key={permission} className="tag">
            {permission}
          </li>
        ))}
      </ul>
    </section>
  );
}
