import { Entity } from 'typeorm';

const ownEntities = new WeakSet<object>();

/**
 * Declares one of our tables. `synchronize` is off, so that a team's own `migration:generate`
 * leaves our tables alone; drift is checked against our committed schema dump instead.
 */
export function AuthEntity(name: string): ClassDecorator {
  return (target) => {
    ownEntities.add(target);
    Entity({ name, synchronize: false })(target);
  };
}

/** Whether a class was declared with {@link AuthEntity}. */
export function isAuthEntity(target: unknown): boolean {
  return typeof target === 'function' && ownEntities.has(target);
}
