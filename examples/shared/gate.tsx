import type { ReactNode } from 'react';
import { BrandMark, Icon, type IconName } from './icon';

/** What {@link Gate} takes: the form, and what its side says of the example. */
export interface GateProps {
  readonly title: string;
  readonly points: readonly { readonly icon: IconName; readonly text: string }[];
  readonly children: ReactNode;
}

/** The frame of the pages for strangers. */
export function Gate({ title, points, children }: GateProps) {
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
        <h2>{title}</h2>
        <ul>
          {points.map(({ icon, text }) => (
            <li key={icon}>
              <Icon name={icon} />
              {text}
            </li>
          ))}
        </ul>
      </aside>
    </div>
  );
}
