import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { OptionReader } from './option-reader';

/** What operators get to see, by OpenTelemetry and in the log. @publicApi */
export interface TelemetryOptions {
  /**
   * Where metrics go. When left out: to the SDK that the process registered before the application was
   * made, or nowhere. Give each its own where several applications share a process.
   */
  readonly meterProvider?: MeterProvider;
  /** Where spans go; the same holds. */
  readonly tracerProvider?: TracerProvider;
  /**
   * Whether every decision about access is written to the log, also those that allow: who, which
   * route, which code. Denials are in the log without it too. @default false
   */
  readonly decisionLog?: boolean;
}

export type ResolvedTelemetryOptions = Pick<TelemetryOptions, 'meterProvider' | 'tracerProvider'> &
  Required<Pick<TelemetryOptions, 'decisionLog'>>;

export function readTelemetryOptions(
  reader: OptionReader,
  given: TelemetryOptions | undefined,
): ResolvedTelemetryOptions {
  const section = reader.section('telemetry', given, [
    'meterProvider',
    'tracerProvider',
    'decisionLog',
  ]);
  return {
    meterProvider: provider(reader, 'meterProvider', 'getMeter', section.meterProvider),
    tracerProvider: provider(reader, 'tracerProvider', 'getTracer', section.tracerProvider),
    decisionLog: reader.boolean('telemetry.decisionLog', section.decisionLog, false),
  };
}

function provider<Provider>(
  reader: OptionReader,
  option: string,
  method: string,
  given: Provider | undefined,
): Provider | undefined {
  const isProvider =
    typeof given === 'object' && given !== null && method in given && isFunction(given, method);
  if (given === undefined || isProvider) return given;
  reader.refuse({
    option: `telemetry.${option}`,
    bound: `an object with a method ${method}`,
    reason: 'it is a provider of the OpenTelemetry API',
  });
  return undefined;
}

function isFunction(value: object, name: string): boolean {
  return typeof (value as Readonly<Record<string, unknown>>)[name] === 'function';
}
