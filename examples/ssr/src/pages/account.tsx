import { useAuth } from '@portcullis/client/react';
import { AccessCard } from '../../../shared/access-card';
import { Fact } from '../../../shared/fact';
import { initials } from '../../../shared/format';
import { SignOut } from '../forms';
import { Moment } from '../moment';
import type { PlainPage } from '../page';

/** Who one is, and what one may do. */
export function AccountView({ page }: { readonly page: PlainPage }) {
  const { user, session } = useAuth();
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
      <AccessCard />
    </>
  );
}
