import type { AccessMapEntry } from './access-lock';

type Addressed = Pick<AccessMapEntry, 'transport' | 'operation' | 'name' | 'version' | 'host'>;

/**
 * Which requests an entry answers. The names of path parameters do not count, nor does the case of a
 * path: `/a/:id` and `/A/:key` are one route.
 */
export function keyOf(entry: Addressed): string {
  return JSON.stringify([entry.transport, entry.operation, ...placeOf(entry)]);
}

/** Whether requests to `two` are, or would be, answered by `one`, whatever their method. */
export function servesFor(one: Addressed, two: Addressed): boolean {
  if (one.transport !== two.transport) return false;
  if (JSON.stringify(placeOf(one)) !== JSON.stringify(placeOf(two))) return false;
  return (
    one.operation === two.operation ||
    (one.transport === 'http' &&
      (one.operation === 'ALL' || (one.operation === 'GET' && two.operation === 'HEAD')))
  );
}

/** The same but for the version: `/v1/a` and `/v2/a`, or two versions that a header selects. */
export function keyWithoutVersion({ transport, operation, name, host }: Addressed): string {
  const unversioned = shapeOf({ transport, name }).replace(/\/v?\d[\w.-]*(?=\/|$)/, '');
  return JSON.stringify([transport, operation, unversioned, host ?? null]);
}

/** The code that answers, wherever it is reached. */
export function handlerOf({ transport, controller, handler }: AccessMapEntry): string {
  return JSON.stringify([transport, controller, handler]);
}

/** For people: `GET /invoices/:id`, `query invoices`. */
export function describeRoute({ transport, operation, name, version, host }: Addressed): string {
  return [
    transport === 'http' ? '' : `${transport} `,
    `${operation} ${name}`,
    version === undefined ? '' : ` (version ${version})`,
    host === undefined ? '' : ` (host ${host})`,
  ].join('');
}

function placeOf({ transport, name, version, host }: Addressed): (string | null)[] {
  return [shapeOf({ transport, name }), version ?? null, host ?? null];
}

function shapeOf({ transport, name }: Pick<Addressed, 'transport' | 'name'>): string {
  if (transport !== 'http') return name;
  return name.replace(/([:*])\w+/g, '$1').toLowerCase();
}
