import { isId } from '../database/identifiers';
import { AuthError, type FieldError } from '../errors/auth-error';
import { isAccessName } from '../route-access/check-access';
import type { NewRole, RoleChange } from './role';

const MAX_DESCRIPTION_LENGTH = 1000;
const MAX_PERMISSIONS = 1000;
const MAX_PARENTS = 100;
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Says of a parent that nobody sees there what is said of one that does not exist (AD-2). */
export const NO_SUCH_PARENT = 'must be the id of a role that this one can inherit';

/**
 * Checks what needs no database, for callers that no compiler and no DTO checked.
 *
 * @throws AuthError `validation_failed` naming each field
 */
export function refuseInvalidRole(
  given: Partial<NewRole> | RoleChange,
  isGrantable: (grant: string) => boolean,
  required: readonly (keyof NewRole)[] = [],
): void {
  const { name, description, permissions, parents } = given;
  const members = new Map<string, unknown>(Object.entries(given));
  const errors: FieldError[] = [
    ...required
      .filter((field) => members.get(field) === undefined)
      .map((field) => ({ field, message: 'must be given' })),
    ...(name === undefined || isAccessName(name) ? [] : [INVALID_NAME]),
    ...(description === undefined || description === null || isDescription(description)
      ? []
      : [INVALID_DESCRIPTION]),
    ...listErrors('permissions', permissions, MAX_PERMISSIONS, (grant) =>
      isGrantable(grant) ? undefined : 'must be a permission of the catalogue or a wildcard of it',
    ),
    ...listErrors('parents', parents, MAX_PARENTS, (id) => (isId(id) ? undefined : NO_SUCH_PARENT)),
  ];
  if (errors.length > 0) throw new AuthError('validation_failed', { errors });
}

/** What is named twice counts once: to grant or inherit something again adds nothing. */
export function folded(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

const INVALID_NAME: FieldError = {
  field: 'name',
  message: 'must be ASCII letters and digits, parted by single `.`, `-` or `_`, at most 64',
};

const INVALID_DESCRIPTION: FieldError = {
  field: 'description',
  message: `must be a text of at most ${MAX_DESCRIPTION_LENGTH} characters`,
};

function isDescription(value: unknown): boolean {
  return (
    typeof value === 'string' && value.length <= MAX_DESCRIPTION_LENGTH && !UNSTORABLE.test(value)
  );
}

function listErrors(
  field: string,
  given: unknown,
  most: number,
  judge: (item: string) => string | undefined,
): FieldError[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.length > most) {
    return [{ field, message: `must be a list of at most ${most}` }];
  }
  return (given as unknown[]).flatMap((item, index) => {
    const message = typeof item === 'string' ? judge(item) : 'must be a text';
    return message === undefined ? [] : [{ field: `${field}.${index}`, message }];
  });
}
