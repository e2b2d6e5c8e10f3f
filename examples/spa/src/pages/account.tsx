import { useAuth } from '@portcullis/client/react';
import { AccessCard } from '../../../shared/access-card';
import { Fact } from '../../../shared/fact';
import { initials, moment } from '../../../shared/format';
import { Action } from '../controls';
import { useArrival } from '../router';
import { TokenGauge } from '../token-gauge';

const METHODS: Readonly<Record<string, string>> = {
  pwd: 'Password',
  otp: 'Code',
  mfa: 'Two factors',
};

/** Who one is, what one may do, and how long the access token still lives. */
export function AccountPage() {
  const heading = useArrival('Account');
  const { user, session, logout } = useAuth();
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
      <AccessCard />
    </div>
  );
}
