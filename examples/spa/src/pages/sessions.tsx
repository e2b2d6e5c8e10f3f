import type { SessionListItem } from '@portcullis/client';
import { useAuth } from '@portcullis/client/react';
import { deviceName, moment } from '../../../shared/format';
import { Icon } from '../../../shared/icon';
import { auth } from '../auth';
import { Action } from '../controls';
import { Failure } from '../failure';
import { useArrival } from '../router';
import { useAction } from '../use-action';
import { useResource } from '../use-resource';

/** Where one is signed in, and how to end it there. */
export function SessionsPage() {
  const heading = useArrival('Sessions');
  const { logout } = useAuth();
  const { data, error, reload } = useResource('sessions', () => auth.listSessions());
  const { pending, run } = useAction(reload);
  const others = data?.filter(({ current }) => !current) ?? [];

  const end = async (item: string, work: () => Promise<void>, done: string) => {
    if (await run(item, work, done)) heading.current?.focus();
  };

  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            Sessions
          </h1>
          <p className="muted">
            Everywhere you are signed in. What you end here is refused within a second, everywhere.
          </p>
        </div>
        <Action
          kind="danger"
          off={others.length === 0}
          pending={pending === 'others'}
          onClick={() =>
            void end('others', () => logout({ scope: 'others' }), 'All other sessions are ended.')
          }
        >
          Sign out all others
        </Action>
      </header>
      <div className="card">
        {data === undefined &&
          (error === undefined ? (
            <div className="card-body stack" aria-busy="true">
              <span className="skeleton skeleton-line" />
              <span className="skeleton skeleton-short" />
            </div>
          ) : (
            <Failure error={error} onRetry={reload} />
          ))}
        <ul className="items">
          {data?.map((session) => (
            <SessionItem
              key={session.id}
              session={session}
              isPending={pending === session.id}
              onEnd={() =>
                void end(session.id, () => auth.revokeSession(session.id), 'The session is ended.')
              }
            />
          ))}
        </ul>
      </div>
    </div>
  );
}

interface SessionItemProps {
  readonly session: SessionListItem;
  readonly isPending: boolean;
  onEnd(this: void): void;
}

function SessionItem({ session, isPending, onEnd }: SessionItemProps) {
  const { current, device, ip, lastSeenAt, createdAt } = session;
  // It is noted in steps of minutes, and may lie before the beginning.
  const lastSeen = lastSeenAt > createdAt ? lastSeenAt : createdAt;
  const name = deviceName(device);
  const isHandheld = /iPhone|Android/.test(name);
  return (
    <li>
      <span className={current ? 'tile tile-accent' : 'tile'}>
        <Icon name={isHandheld ? 'phone' : 'laptop'} />
      </span>
      <div>
        <p className="item-title">
          {name}
          {current && <span className="badge badge-accent">This device</span>}
        </p>
        <p className="small muted">
          {ip ?? 'Unknown address'} · signed in {moment(createdAt)}
          {!current && ` · last seen ${moment(lastSeen)}`}
        </p>
      </div>
      {!current && (
        <Action
          kind="danger"
          className="button-small item-action"
          pending={isPending}
          onClick={onEnd}
        >
          End<span className="visually-hidden"> the session of {name}</span>
        </Action>
      )}
    </li>
  );
}
