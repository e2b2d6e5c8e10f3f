import type { AccessMapEntry } from './access-lock';

/**
 * What path-to-regexp 8 reads as an escaped character, or as a parameter or wildcard: its name is an
 * identifier, or quoted with anything in it.
 */
const ESCAPE_OR_PARAMETER =
  /\\(.)|([:*])(?:"(?:\\.|[^"\\])*"|[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*)/gsu;

/** What keeps its meaning as text only while it is escaped. */
const SYNTAX = /[{}()[\]+?!:*\\]/;

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
  return one.operation === two.operation || (one.transport === 'http' && answers(one, two));
}

/**
 * Whether some request may be answered by either: `GET` and `ALL`, one version and every version. Which
 * of them is asked first, is not known.
 */
export function overlap(one: Addressed, two: Addressed): boolean {
  return (
    one.transport === two.transport &&
    shapeOf(one) === shapeOf(two) &&
    meet(one.version, two.version) &&
    meet(one.host, two.host) &&
    (one.operation === two.operation ||
      (one.transport === 'http' && (answers(one, two) || answers(two, one))))
  );
}

/** The same but for the version: `/v1/a` and `/v2/a`, or two versions that a header selects. */
export function keyWithoutVersion({ transport, operation, name, host }: Addressed): string {
  const unversioned = shapeOf({ transport, name }).replace(/\/v?\d[\w.-]*(?=\/|$)/, '');
  return JSON.stringify([transport, operation, unversioned, host ?? null]);
}

/** The code that answers, wherever it is reached. */
export function codeOf(entry: AccessMapEntry): string {
  return JSON.stringify([entry.module, namesakesOf(entry)]);
}

/** The same for code of the same names in another module: perhaps the same code, perhaps not. */
export function namesakesOf({ transport, controller, handler }: AccessMapEntry): string {
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

function answers({ operation }: Addressed, other: Addressed): boolean {
  return operation === 'ALL' || (operation === 'GET' && other.operation === 'HEAD');
}

function meet(one: string | undefined, two: string | undefined): boolean {
  return one === undefined || two === undefined || one === two;
}

function placeOf({ transport, name, version, host }: Addressed): (string | null)[] {
  return [shapeOf({ transport, name }), version ?? null, host ?? null];
}

function shapeOf({ transport, name }: Pick<Addressed, 'transport' | 'name'>): string {
  if (transport !== 'http') return name;
  return (
    name
      .replace(
        ESCAPE_OR_PARAMETER,
        (found: string, escaped: string | undefined, sign: string | undefined) =>
          sign ?? (SYNTAX.test(escaped ?? '') ? found : (escaped ?? found)),
      )
      // What Nest makes of an unnamed wildcard, and the ways to write one.
      .replace(/\{\*\}$|\(\.\*\)$/, '*')
      .toLowerCase()
  );
}
