import type { Attributes } from '@opentelemetry/api';
import type { AttributeName } from './metrics';

/** Attributes of a measurement. */
export type Labels = Readonly<Attributes>;

/** Attributes that are made once, so that a request that is measured allocates nothing for it. */
export function labels(values: Readonly<Partial<Record<AttributeName, string>>>): Labels {
  return Object.freeze({ ...values });
}

/** The attributes of each value of a closed set, made when first asked for. */
export function labelsBy<Value extends string>(
  attributesOf: (value: Value) => Readonly<Partial<Record<AttributeName, string>>>,
): (value: Value) => Labels {
  const made = new Map<Value, Labels>();
  return (value) => {
    let found = made.get(value);
    if (found === undefined) made.set(value, (found = labels(attributesOf(value))));
    return found;
  };
}
