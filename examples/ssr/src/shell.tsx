import type { ReactNode } from 'react';
import { BrandMark, Icon, type IconName } from '../../shared/icon';
import { Whoami } from '../../shared/whoami';
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
          <Whoami>
            <SignOut formToken={formToken} />
          </Whoami>
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

function isBelow(href: string, path: string): boolean {
  return path.split('?', 1)[0] === href || path.startsWith(`${href}/`);
}
