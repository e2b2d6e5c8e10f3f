import { Can } from '@portcullis/client/react';
import { useState, type SubmitEvent } from 'react';
import { initials } from '../../../shared/format';
import { Icon } from '../../../shared/icon';
import { api, type Assignment, type Person, type RoleItem } from '../api';
import { Action } from '../controls';
import { Failure } from '../failure';
import { useArrival } from '../router';
import { useAction, type ItemAction } from '../use-action';
import { useResource } from '../use-resource';

/** Who holds which role. What is changed here shows in the other person's browser without a reload. */
export function PeoplePage() {
  const heading = useArrival('People');
  const { data, error, reload } = useResource('people', load);
  const { pending, run: change } = useAction(reload);

  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            People
          </h1>
          <p className="muted">
            Give or take a role: it counts everywhere within a second, and open pages follow within
            seconds.
          </p>
        </div>
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
          {data?.people.map((person) => (
            <PersonItem
              key={person.id}
              person={person}
              held={data.assignments.filter(({ accountId }) => accountId === person.id)}
              roles={data.roles}
              pending={pending}
              change={change}
            />
          ))}
        </ul>
      </div>
    </div>
  );
}

interface PersonItemProps {
  readonly person: Person;
  readonly held: readonly Assignment[];
  readonly roles: readonly RoleItem[];
  readonly pending: string | undefined;
  readonly change: ItemAction['run'];
}

function PersonItem({ person, held, roles, pending, change }: PersonItemProps) {
  const name = person.displayName ?? person.email;
  const open = roles.filter((role) => !held.some((assignment) => assignment.role === role.name));
  const give = (role: RoleItem) =>
    change(person.id, () => api.assign(person.id, role.id), `${name} is ${role.name} now.`);
  return (
    <li>
      <span className="avatar" aria-hidden="true">
        {initials(name)}
      </span>
      <div className="stack-tight">
        <p className="item-title">{name}</p>
        {name !== person.email && <p className="small muted">{person.email}</p>}
        <ul className="row" aria-label={`Roles of ${name}`}>
          {held.map(({ id, role }) => (
            <li key={id} className="badge badge-accent">
              {role}
              <Can permission="auth.assignments:delete">
                <button
                  type="button"
                  className="badge-remove"
                  aria-label={`Take ${role} from ${name}`}
                  aria-disabled={pending === id || undefined}
                  onClick={() =>
                    void change(id, () => api.unassign(id), `${name} is no ${role} any more.`)
                  }
                >
                  <Icon name="close" />
                </button>
              </Can>
            </li>
          ))}
        </ul>
      </div>
      <Can permission="auth.assignments:create">
        <GiveRole name={name} roles={open} isPending={pending === person.id} give={give} />
      </Can>
    </li>
  );
}

interface GiveRoleProps {
  readonly name: string;
  readonly roles: readonly RoleItem[];
  readonly isPending: boolean;
  give(this: void, role: RoleItem): Promise<boolean>;
}

function GiveRole({ name, roles, isPending, give }: GiveRoleProps) {
  const [chosen, choose] = useState('');
  const send = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const role = roles.find(({ id }) => id === chosen);
    // What was not confirmed may be tried again, and is still chosen then.
    if (role !== undefined && (await give(role))) choose('');
  };
  return (
    <form className="row item-action" onSubmit={(event) => void send(event)}>
      <select
        className="input input-small"
        aria-label={`A role for ${name}`}
        value={chosen}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">Choose a role</option>
        {roles.map(({ id, name: role }) => (
          <option key={id} value={id}>
            {role}
          </option>
        ))}
      </select>
      <Action type="submit" className="button-small" pending={isPending} off={chosen === ''}>
        Give
      </Action>
    </form>
  );
}

async function load(signal: AbortSignal) {
  const [people, assignments, roles] = await Promise.all([
    api.people(signal),
    api.assignments(signal),
    api.roles(signal),
  ]);
  return { people: people.items, assignments: assignments.items, roles: roles.items };
}
