import { posix } from 'node:path';
import type { Violation } from './module-graph';

/** The Markdown files of the repository, by path. */
export type Documents = Readonly<Record<string, string>>;

/** A relative link leads to a file or folder that exists. */
export function brokenLinks(documents: Documents, exists: (path: string) => boolean): Violation[] {
  return matches(documents, /\]\(([^)\s]+)\)/g, (target, path) => {
    if (/^([a-z]+:|#)/i.test(target)) return undefined;
    const [file = ''] = target.split('#');
    const resolved = posix.join(posix.dirname(path), decodeURIComponent(file));
    return exists(resolved) ? undefined : `links to ${target}, which does not exist`;
  });
}

/** A command that a reader is told to run exists. */
export function unknownCommands(
  documents: Documents,
  scripts: Readonly<Record<string, string>>,
): Violation[] {
  return matches(documents, /\bnpm (?:run ([\w:-]+)|(start|test)\b)/g, (name) =>
    Object.hasOwn(scripts, name) ? undefined : `says "npm run ${name}", and there is none`,
  );
}

/** A file of ours that a reader is sent to exists: `src/…`, `test/…` and so on, written as code. */
export function unknownPaths(documents: Documents, exists: (path: string) => boolean): Violation[] {
  const path = /`((?:src|server|migrations|test|scripts|bench|packages|docs)\/[\w./-]*[\w/])`/g;
  return matches(documents, path, (target) =>
    exists(target) ? undefined : `names ${target}, which does not exist`,
  );
}

function matches(
  documents: Documents,
  pattern: RegExp,
  judge: (found: string, path: string) => string | undefined,
): Violation[] {
  return Object.entries(documents).flatMap(([path, text]) =>
    text.split('\n').flatMap((content, index) =>
      [...content.matchAll(pattern)].flatMap((match) => {
        const message = judge(match[1] ?? match[2] ?? '', path);
        return message === undefined ? [] : [{ path, line: index + 1, message }];
      }),
    ),
  );
}
