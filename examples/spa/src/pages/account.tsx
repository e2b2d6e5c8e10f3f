import type { AuthState } from '@portcullis/client';
import { useAuth, useAuthState } from '@portcullis/client/react';
import { initials, moment } from '../../../shared/format';
import { Action } from '../controls';
import { useArrival } from '../router';
import { TokenGauge } from '../token-gauge';
import { Fact } from './invoice';

const NONE: readonly never[] = [];

const rolesOf = (state: AuthState) => ('roles' in state ? state.roles : NONE);
const permissionsOf = (state: AuthState) => ('permissions' in state ? state.permissions : NONE);

const METHODS: Readonly<Record<string, string>> = {
  pwd: 'Password',
  otp: 'Code',
  mfa: 'Two factors',
};

/** Who one is, what one may do, and how long the access token still lives. */
export function AccountPage() {
  const heading = useArrival('Account');
  const { user, session, logout } = useAuth();
  const roles = useAuthState(rolesOf);
  const permissions = useAuthState(permissionsOf);
  if (user === null || session === null) return null;
  const name = user.displayName ?? user.email;
  return (
    <div className="page">
      <header className="page-head">
        <div className="row">
          <span className="avatar avatar-large" aria-hidden="true">
            {initials(name)}
          </span>
          <div>
            <h1 ref={heading} tabIndex={-1}>
              {name}
            </h1>
            <p className="muted">{user.email}</p>
          </div>
        </div>
        <Action
          kind="danger"
          icon="signOut"
          onClick={() => void logout({ scope: 'all' }).catch(() => undefined)}
        >
          Sign out everywhere
        </Action>
      </header>
      <div className="columns">
        <TokenGauge />
        <section className="card" aria-labelledby="session-heading">
          <div className="card-head">
            <h2 id="session-heading">This session</h2>
          </div>
          <dl className="card-body facts">
            <Fact name="Signed in">{moment(session.authTime)}</Fact>
            <Fact name="With">
              {session.amr.map((method) => METHODS[method] ?? method).join(', ')}
            </Fact>
            <Fact name="Tenant">{session.tenantId ?? 'The whole installation'}</Fact>
          </dl>
        </section>
      </div>
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
    </div>
  );
}
