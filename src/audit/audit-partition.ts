/** A month of UTC. */
export interface Month {
  readonly year: number;
  /** From 1 to 12. */
  readonly month: number;
  /** Its first moment, as RFC 3339 writes it. */
  readonly start: string;
}

/** A partition that holds the events from one moment to before another. */
export interface AuditPartition {
  readonly name: string;
  /** Absent where it has no beginning. */
  readonly from?: string;
  readonly to: string;
}

/** The partition of one month. */
export interface MonthPartition extends AuditPartition {
  readonly from: string;
}

export const DEFAULT_PARTITION = 'audit_events_default';

const NAME = /^audit_events_(before_)?(\d{4})_(\d{2})$/;

export function monthOf(year: number, month: number): Month {
  return { year, month, start: `${digits(year, 4)}-${digits(month, 2)}-01T00:00:00Z` };
}

/** The month that is so many months later; earlier, when negative. */
export function later({ year, month }: Month, months: number): Month {
  const count = year * 12 + (month - 1) + months;
  return monthOf(Math.floor(count / 12), (count % 12) + 1);
}

export function partitionOf(month: Month): MonthPartition {
  const name = `audit_events_${digits(month.year, 4)}_${digits(month.month, 2)}`;
  return { name, from: month.start, to: later(month, 1).start };
}

/** What a name says of a partition; undefined for the default one, and for one that is not ours. */
export function readPartition(name: string): AuditPartition | undefined {
  const [, before, year, month] = NAME.exec(name) ?? [];
  if (year === undefined || month === undefined) return undefined;
  const named = monthOf(Number(year), Number(month));
  return before === undefined ? partitionOf(named) : { name, to: named.start };
}

/** Whether the events of a month have a partition other than the default one. */
export function covers({ from, to }: AuditPartition, { start }: Month): boolean {
  return (from === undefined || from <= start) && start < to;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
