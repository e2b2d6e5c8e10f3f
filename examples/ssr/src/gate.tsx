import type { ReactNode } from 'react';
import { BrandMark, Icon } from '../../shared/icon';

/** The frame of the pages for strangers. */
export function Gate({ children }: { readonly children: ReactNode }) {
  return (
    <div className="gate">
      <div className="gate-main">
        <header>
          <span className="brand">
            <BrandMark />
            Ledger
          </span>
        </header>
        <main className="gate-card">{children}</main>
        <footer className="gate-foot">
          An example of Portcullis. Its accounts are made for show.
        </footer>
      </div>
      <aside className="gate-side" aria-label="About this example">
        <h2>Works before any script does.</h2>
        <ul>
          <li>
            <Icon name="lock" />
            One cookie that no script can read, and no token in the browser.
          </li>
          <li>
            <Icon name="shield" />
            Every form proves that it comes from a page of this server.
          </li>
          <li>
            <Icon name="clock" />
            Script only adds what is live: sign-outs and roles, as they change.
          </li>
        </ul>
      </aside>
    </div>
  );
}
