import { v7 } from 'uuid';

/** A new row id: UUID version 7 (RFC 9562 §5.7), so that index pages fill in order. */
export function newId(): string {
  return v7();
}

const CANONICAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a value is an id in its one canonical spelling, so that a bad id never reaches a query. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && CANONICAL_UUID.test(value);
}
