import type { AccessDifference } from './access-difference';
import type { AccessLock, AccessMapEntry } from './access-lock';
import { describeNeeds } from './access-needs';
import { describeRoute } from './route-keys';

/** One line for each way into the application, for a terminal. */
export function accessMapText({ routes }: AccessLock): string {
  const named = routes.map((entry) => ({ route: describeRoute(entry), entry }));
  const width = Math.max(0, ...named.map(({ route }) => route.length));
  return named
    .map(({ route, entry }) =>
      [route.padEnd(width), describeAccess(entry), ...reachText(entry)].join('  '),
    )
    .join('\n');
}

/**
 * A page: which role reaches which route, what each route needs, and what each role amounts to.
 *
 * @publicApi
 */
export function accessMapMarkdown(lock: AccessLock): string {
  const roles = Object.keys(lock.roles);
  return [
    '# Access',
    '',
    'Who reaches what, by the roles of the code. A dot: the role alone meets what the route asks of roles and',
    'permissions; what else it needs stands beside it. Roles that only the database knows are not shown.',
    '',
    '## Routes',
    '',
    ...table(
      ['Route', 'Needs', ...roles],
      lock.routes.map((entry) => [
        code(describeRoute(entry)),
        describeAccess(entry),
        ...roles.map((role) => (reaches(entry, role) ? '●' : '')),
      ]),
    ),
    '',
    '## Handlers',
    '',
    ...table(
      ['Route', 'Handler', 'Module'],
      lock.routes.map((entry) => [
        code(describeRoute(entry)),
        code(`${entry.controller}.${entry.handler}`),
        entry.module,
      ]),
    ),
    '',
    '## Roles',
    '',
    ...table(
      ['Role', 'Inherits', 'Permissions'],
      Object.entries(lock.roles).map(([name, { inherits, permissions }]) => [
        name,
        inherits.join(', '),
        permissions.map(code).join(', '),
      ]),
    ),
    '',
    ...separation('Nobody holds more than one of', lock.separate),
    ...separation('No session has more than one active of', lock.separateInSession),
  ].join('\n');
}

/** Changes in words: what opens something first; many routes with the same change as one. */
export function differencesText(differences: readonly AccessDifference[]): string {
  const groups = new Map<string, AccessDifference[]>();
  for (const difference of differences) {
    const key = JSON.stringify([difference.kind, difference.details]);
    groups.set(key, [...(groups.get(key) ?? []), difference]);
  }
  const texts = [...groups.values()].map((group) => ({
    widens: group.some(({ widens }) => widens),
    text: groupText(group),
  }));
  return [...texts.filter(({ widens }) => widens), ...texts.filter(({ widens }) => !widens)]
    .map(({ text }) => text)
    .join('\n');
}

function groupText(group: readonly AccessDifference[]): string {
  const [{ kind, widens, details } = { kind: '', widens: false, details: [] }] = group;
  const start = `${widens ? '!' : ' '} ${kind}`;
  const change = details.length === 0 ? '' : `: ${details.join('; ')}`;
  const [only] = group;
  if (group.length === 1 && only !== undefined) return `${start} ${only.subject}${change}`;
  return [
    `${start} ${group.length} times${change}`,
    ...group.map((one) => `    ${one.subject}`),
  ].join('\n');
}

/** What a request has to bring. */
function describeAccess({ access, reason, needs }: AccessMapEntry): string {
  const because = reason === undefined ? '' : ` (${reason})`;
  if (access === 'public') return `public${because}`;
  const described = describeNeeds(needs);
  return `${described.length === 0 ? 'signed in' : described.join(' and ')}${because}`;
}

function reachText({ roles }: AccessMapEntry): string[] {
  if (roles === undefined) return [];
  return [`[${roles.length === 0 ? 'no role of the code' : roles.join(', ')}]`];
}

function reaches({ access, roles }: AccessMapEntry, role: string): boolean {
  return access === 'public' || roles === undefined || roles.includes(role);
}

function separation(start: string, sets: readonly (readonly string[])[]): string[] {
  return sets.flatMap((set) => [`${start}: ${set.join(', ')}.`, '']);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function code(text: string): string {
  return `\`${text}\``;
}
