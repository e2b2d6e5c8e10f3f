/** What one check of a running server came to. */
export interface Finding {
  /** Stable, for programs: what was looked at. */
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'failure';
  readonly message: string;
  /** What to do; absent where nothing has to be done. */
  readonly remedy?: string;
}

/** What is wrong, and what to do about it. */
export interface Complaint {
  readonly message: string;
  readonly remedy: string;
}

/** Says yes where there is nothing to complain of, and complains in one line per fault otherwise. */
export function findings(
  check: string,
  healthy: string,
  complaints: {
    readonly failures?: readonly Complaint[];
    readonly warnings?: readonly Complaint[];
  },
): Finding[] {
  const { failures = [], warnings = [] } = complaints;
  if (failures.length + warnings.length === 0) return [{ check, verdict: 'ok', message: healthy }];
  return [
    ...failures.map((complaint) => ({ check, verdict: 'failure', ...complaint }) as const),
    ...warnings.map((complaint) => ({ check, verdict: 'warning', ...complaint }) as const),
  ];
}
