import { and, eq, inTenant, isIn, not, or, ownedBy } from '../../../src/conditions/builders';
import type { Condition } from '../../../src/conditions/condition';
import { matches } from '../../../src/conditions/matches';

/** What the compiler accepts and refuses; `tsc` is the test. */
interface Invoice {
  readonly tenantId: string | null;
  readonly createdBy: string;
  readonly status: 'draft' | 'approved';
  readonly amountCents: number;
  readonly approvedAt: Date | null;
  readonly paid: boolean;
  readonly note?: string;
  readonly tags: string[];
  readonly customer: { readonly name: string };
  readonly raw: unknown;
  readonly wild: ReturnType<typeof JSON.parse>;
  readonly nothing: null;
  print(): string;
}

export const mine: Condition<Invoice> = and(
  inTenant('tenantId'),
  or(ownedBy('createdBy'), isIn('status', ['draft', 'approved']), eq('paid', true)),
  not(eq('approvedAt', null)),
);
export const explicit = and(ownedBy<Invoice>('createdBy'), eq<Invoice>('amountCents', 100));
export const unset = isIn<Invoice>('approvedAt', []);

// @ts-expect-error a misspelt field
ownedBy<Invoice>('creatdBy');
// @ts-expect-error a misspelt field
eq<Invoice>('statsu', 'draft');
// @ts-expect-error a misspelt field
isIn<Invoice>('statsu', ['draft']);
// @ts-expect-error a misspelt field below and()
export const nested: Condition<Invoice> = and(ownedBy('createdBy'), eq('statsu', 'draft'));
// @ts-expect-error no row was named
eq('status', 'draft');
// @ts-expect-error a number is no account
ownedBy<Invoice>('amountCents');
// @ts-expect-error a date is no tenant
inTenant<Invoice>('approvedAt');
// @ts-expect-error a value that the column cannot hold
eq<Invoice>('status', 'aproved');
// @ts-expect-error a value of another type
eq<Invoice>('amountCents', '100');
// @ts-expect-error a value of another column
isIn<Invoice>('status', ['draft', true]);
// @ts-expect-error a column that is never null
eq<Invoice>('createdBy', null);
// @ts-expect-error undefined is no value
eq<Invoice>('tenantId', undefined);
// @ts-expect-error a column that may be undefined
eq<Invoice>('note', 'x');
// @ts-expect-error an array is no scalar
eq<Invoice>('tags', []);
// @ts-expect-error a relation is no column
eq<Invoice>('customer', { name: 'x' });
// @ts-expect-error what holds anything
eq<Invoice>('raw', 'x');
// @ts-expect-error what is not typed
eq<Invoice>('wild', 'x');
// @ts-expect-error what holds nothing
eq<Invoice>('nothing', null);
// @ts-expect-error a method is no column
eq<Invoice>('print', 'x');
// @ts-expect-error what every object inherits
eq<Invoice>('constructor', 'x');
// @ts-expect-error all of nothing
and<Invoice>();
// @ts-expect-error any of nothing
or<Invoice>();
// @ts-expect-error an object of the same shape is no condition
export const forged: Condition<Invoice> = { kind: 'among', field: 'status', values: ['draft'] };

interface Report {
  readonly createdBy: string;
}
const ofReports = ownedBy<Report>('createdBy');
declare const invoice: Invoice;
declare const report: Report;

/** A condition over fewer fields applies to a row that has more; never the other way. */
export const wider: Condition<Invoice> = ofReports;
export const decided: boolean = matches(ofReports, { accountId: 'a' }, invoice);
// @ts-expect-error a report has no status
export const narrower: Condition<Report> = eq<Invoice>('status', 'draft');
// @ts-expect-error a report has no status
matches(mine, { accountId: 'a' }, report);
