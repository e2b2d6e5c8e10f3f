import { useUser } from '@portcullis/client/react';
import type { ReactNode } from 'react';
import { initials } from '../../shared/format';
import { BrandMark, Icon, type IconName } from '../../shared/icon';
import { SignOut } from './forms';
import { HOME } from './paths';

interface ShellProps {
  readonly path: string;
  readonly formToken: string;
  readonly children: ReactNode;
}

const PAGES = [
  ['/invoices', 'invoice', 'Invoices'],
  ['/sessions', 'devices', 'Sessions'],
  ['/account', 'account', 'Account'],
] as const satisfies readonly (readonly [string, IconName, string])[];

/** What stands around every page: where one can go, and who one is. */
export function Shell({ path, formToken, children }: ShellProps) {
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div className="shell">
        <header className="topbar">
          <Brand />
          <SignOut formToken={formToken} />
        </header>
        <div className="sidebar">
          <Brand />
          <nav aria-label="Pages">
            <ul className="nav">
              {PAGES.map(([href, icon, words]) => (
                <li key={href}>
                  <a
                    className="nav-link"
                    href={href}
                    aria-current={isBelow(href, path) ? 'page' : undefined}
                  >
                    <Icon name={icon} />
                    {words}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <Whoami formToken={formToken} />
        </div>
        <main className="content" id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  );
}

function Brand() {
  return (
    <a className="brand" href={HOME}>
      <BrandMark />
      Ledger
    </a>
  );
}

function Whoami({ formToken }: Pick<ShellProps, 'formToken'>) {
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
      <SignOut formToken={formToken} />
    </div>
  );
}

function isBelow(href: string, path: string): boolean {
  return path.split('?', 1)[0] === href || path.startsWith(`${href}/`);
}
