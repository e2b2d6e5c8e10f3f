import type { AccessDifference } from './access-difference';
import type { AccessLock } from './access-lock';

type Settings = AccessLock['settings'];

/** What each setting means where it is weaker, and the value that is. */
const WEAKER: { readonly [Name in keyof Settings]: readonly [Settings[Name], string] } = {
  globalGuards: [false, 'only routes that name the guards themselves are guarded'],
  unannotated: ['authenticated', 'whoever is signed in may use a route that declares nothing'],
};

/** How the options changed that no route shows. */
export function diffSettings(before: AccessLock, after: AccessLock): AccessDifference[] {
  return (Object.keys(WEAKER) as (keyof Settings)[]).flatMap((name) => {
    const [was, is] = [before.settings[name], after.settings[name]];
    if (was === is) return [];
    const [weaker, meaning] = WEAKER[name];
    const widens = is === weaker;
    const change = `was ${String(was)}, is ${String(is)}`;
    return [
      {
        kind: widens ? ('widened' as const) : ('narrowed' as const),
        widens,
        subject: `setting ${name}`,
        details: widens ? [change, meaning] : [change],
      },
    ];
  });
}
