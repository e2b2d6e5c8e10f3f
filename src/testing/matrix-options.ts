/** The ways in which a route is asked. @publicApi */
export type MatrixCase =
  'public' | 'anonymous' | 'lacking' | 'exact' | 'other_tenant' | 'step_up_stale';

/** A route that is not checked, or not in every way, and why. @publicApi */
export interface MatrixSkip {
  /** As the report and the access map name it: `POST /webhooks/:provider`. */
  readonly route: string;
  /** When left out: all of them. */
  readonly cases?: readonly MatrixCase[];
  /** For whoever reads the test. */
  readonly reason: string;
}

/** What to leave out, and what only the team knows. @publicApi */
export interface AccessMatrixOptions {
  /** Each must name a route that there is. */
  readonly skip?: readonly MatrixSkip[];
  /** Only these routes. */
  readonly only?: readonly string[];
  /** Values of path parameters by name, where a random uuid will not do. */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Whether requests act in a tenant, so that another tenant's rights are tried. @default whether the
   * application reads the tenant from requests, requires one, or has registered one
   */
  readonly tenants?: boolean;
}

/** How much was checked. @publicApi */
export interface AccessMatrixResult {
  /** Routes that were asked at least once. */
  readonly routes: number;
  /** Requests that were sent. */
  readonly requests: number;
  readonly cases: Readonly<Record<MatrixCase, number>>;
  /** What was not asked, handlers of other transports among it, and why. */
  readonly skipped: readonly SkippedRoute[];
}

/** What is not checked, and why. @publicApi */
export interface SkippedRoute {
  readonly route: string;
  /** The cases that were left out; absent: all. */
  readonly cases?: readonly string[];
  readonly reason: string;
}
