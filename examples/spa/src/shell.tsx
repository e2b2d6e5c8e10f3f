import { Can, useAuth } from '@portcullis/client/react';
import type { ReactNode } from 'react';
import { BrandMark, Icon, type IconName } from '../../shared/icon';
import { Whoami } from '../../shared/whoami';
import { Action } from './controls';
import { Link } from './router';

interface ShellProps {
  readonly path: string;
  readonly children: ReactNode;
}

/** What stands around every page: where one can go, and who one is. */
export function Shell({ path, children }: ShellProps) {
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <StaleBanner />
      <div className="shell">
        <Topbar />
        <Sidebar path={path} />
        <main className="content" id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  );
}

function Sidebar({ path }: { readonly path: string }) {
  const to = (href: string, icon: IconName, words: string) => (
    <li>
      <Link
        className="nav-link"
        href={href}
        aria-current={path === href || path.startsWith(`${href}/`) ? 'page' : undefined}
      >
        <Icon name={icon} />
        {words}
      </Link>
    </li>
  );
  return (
    <div className="sidebar">
      <Link className="brand" href="/invoices">
        <BrandMark />
        Ledger
      </Link>
      <nav aria-label="Pages">
        <ul className="nav">
          {to('/invoices', 'invoice', 'Invoices')}
          <Can permission="reports:read">{to('/reports', 'chart', 'Reports')}</Can>
          <Can permission="auth.users:read">{to('/people', 'people', 'People')}</Can>
          {to('/sessions', 'devices', 'Sessions')}
          {to('/account', 'account', 'Account')}
        </ul>
      </nav>
      <Whoami>
        <SignOut />
      </Whoami>
    </div>
  );
}

function Topbar() {
  return (
    <header className="topbar">
      <Link className="brand" href="/invoices">
        <BrandMark />
        Ledger
      </Link>
      <SignOut />
    </header>
  );
}

/** This tab and all others at once; the server hears of it even when the page is closed meanwhile. */
function SignOut() {
  const { logout } = useAuth();
  return (
    <Action
      kind="quiet"
      icon="signOut"
      className="button-icon"
      aria-label="Sign out"
      title="Sign out"
      onClick={() => void logout().catch(() => undefined)}
    />
  );
}

/** Nobody is signed out by a dead connection; the page says that what it shows may be old. */
function StaleBanner() {
  const { status } = useAuth();
  return (
    <div role="status">
      {status === 'stale' && (
        <p className="banner">
          <Icon name="cloudOff" />
          The server cannot be reached. You stay signed in; we keep trying.
        </p>
      )}
    </div>
  );
}
