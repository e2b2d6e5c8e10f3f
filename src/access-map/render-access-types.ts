import type { AccessLock } from './access-lock';

/**
 * A module that tells `@portcullis/client` which permissions and roles there are, so that no other
 * compiles in a page. Types alone: it weighs nothing there.
 */
export function accessTypes({ permissions, roles }: AccessLock): string {
  return [
    '// The permissions and roles of the server. Written by "portcullis access:types"; commit it.',
    "import type {} from '@portcullis/client';",
    '',
    "declare module '@portcullis/client' {",
    '  interface Register {',
    `    permission:${union(permissions)};`,
    `    role:${union(Object.keys(roles))};`,
    '  }',
    '}',
    '',
  ].join('\n');
}

function union(names: readonly string[]): string {
  if (names.length === 0) return ' never';
  return names.map((name) => `\n      | '${name.replace(/[\\']/g, '\\$&')}'`).join('');
}
