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

/** Below every id of its time and later ones: RFC 9562 §5.7 begins with 48 bits of milliseconds. */
export function firstIdOf(milliseconds: number): string {
  const time = Math.max(0, milliseconds).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}
