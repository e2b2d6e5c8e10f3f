import type { SessionListItem } from '@portcullis/client';
import { deviceName } from '../../../shared/format';
import { Icon } from '../../../shared/icon';
import { Moment } from '../moment';
import type { SessionsPage } from '../page';

/** Everywhere one is signed in. */
export function SessionsView({ page }: { readonly page: SessionsPage }) {
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Sessions</h1>
          <p className="muted">Everywhere you are signed in.</p>
        </div>
      </header>
      <div className="card">
        <ul className="items">
          {page.sessions.map((session) => (
            <Item key={session.id} session={session} />
          ))}
        </ul>
      </div>
    </>
  );
}

function Item({ session }: { readonly session: SessionListItem }) {
  const { current, device, ip, createdAt, lastSeenAt } = session;
  // It is noted in steps of minutes, and may lie before the beginning.
  const lastSeen = lastSeenAt > createdAt ? lastSeenAt : createdAt;
  const name = deviceName(device);
  return (
    <li>
      <span className={current ? 'tile tile-accent' : 'tile'}>
        <Icon name={/iPhone|Android/.test(name) ? 'phone' : 'laptop'} />
      </span>
      <div>
        <p className="item-title">
          {name}
          {current && <span className="badge badge-accent">This device</span>}
        </p>
        <p className="small muted">
          {ip ?? 'Unknown address'} · signed in <Moment at={createdAt} />
          {!current && (
            <>
              {' · last seen '}
              <Moment at={lastSeen} />
            </>
          )}
        </p>
      </div>
    </li>
  );
}
