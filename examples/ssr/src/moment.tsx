/* The server does not know the time zone of who reads, and both have to write the same: UTC it is. */
const SHAPE = { dateStyle: 'medium', timeZone: 'UTC' } as const;
const DAY = new Intl.DateTimeFormat('en-GB', SHAPE);
const MOMENT = new Intl.DateTimeFormat('en-GB', { ...SHAPE, timeStyle: 'short' });

interface TimeProps {
  readonly at: string;
}

/** A day. */
export function Day({ at }: TimeProps) {
  return <time dateTime={at}>{DAY.format(new Date(at))}</time>;
}

/** A day and a time. */
export function Moment({ at }: TimeProps) {
  return <time dateTime={at}>{MOMENT.format(new Date(at))} UTC</time>;
}
