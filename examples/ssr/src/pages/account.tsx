import type { AuthState } from '@portcullis/client';
import { useAuth, useAuthState } from '@portcullis/client/react';
import { initials } from '../../../shared/format';
import { Fact } from '../fact';
import { SignOut } from '../forms';
import { Moment } from '../moment';
import type { PlainPage } from '../page';

const NONE: readonly never[] = [];

const rolesOf = (state: AuthState) => ('roles' in state ? state.roles : NONE);
const permissionsOf = (state: AuthState) => ('permissions' in state ? state.permissions : NONE);

/** Who one is, and what one may do. */
export function AccountView({ page }: { readonly page: PlainPage }) {
  const { user, session } = useAuth();
  const roles = useAuthState(rolesOf);
  const permissions = useAuthState(permissionsOf);
  if (user === null || session === null) return null;
  const name = user.displayName ?? user.email;
  return (
    <>
      <header className="page-head">
        <div className="row">
          <span className="avatar avatar-large" aria-hidden="true">
            {initials(name)}
          </span>
          <div>
            <h1>{name}</h1>
            <p className="muted">{user.email}</p>
          </div>
        </div>
        <SignOut formToken={page.formToken} isWide />
      </header>
      <section className="card" aria-labelledby="session-heading">
        <div className="card-head">
          <h2 id="session-heading">This session</h2>
        </div>
        <dl className="card-body facts">
          <Fact name="Signed in">
            <Moment at={session.authTime} />
          </Fact>
          <Fact name="Kept in">One HttpOnly cookie. Neither script nor page holds a token.</Fact>
          <Fact name="Tenant">{session.tenantId ?? 'The whole installation'}</Fact>
        </dl>
      </section>
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
    </>
  );
}
