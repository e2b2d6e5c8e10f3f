import {
  metrics,
  SpanStatusCode,
  trace,
  type Counter,
  type Histogram,
  type Meter,
  type ObservableGauge,
  type ObservableResult,
  type Tracer,
} from '@opentelemetry/api';
import { Inject, Injectable, Optional, type OnModuleDestroy } from '@nestjs/common';
import { toAuthError } from '../errors/problem';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { Labels } from './labels';
import {
  METRICS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type SpanName,
} from './metrics';

const SCOPE = '@portcullis/nest';

/**
 * Metrics and spans by the API of OpenTelemetry.
 *
 * Without a registered SDK every call ends in an empty function. Instruments are made once, with the
 * application: an SDK has to be registered before it, or be given in the options.
 */
@Injectable()
export class Telemetry implements OnModuleDestroy {
  readonly #meter: Meter;
  readonly #tracer: Tracer;
  readonly #gauges: (() => void)[] = [];

  constructor(
    @Optional()
    @Inject(ResolvedAuthOptions)
    { telemetry }: Partial<Pick<ResolvedAuthOptions, 'telemetry'>> = {},
  ) {
    this.#meter = (telemetry?.meterProvider ?? metrics).getMeter(SCOPE);
    this.#tracer = (telemetry?.tracerProvider ?? trace).getTracer(SCOPE);
  }

  counter(name: CounterName): Counter<Labels> {
    return this.#meter.createCounter(name, optionsOf(name));
  }

  histogram(name: HistogramName): Histogram<Labels> {
    return this.#meter.createHistogram(name, optionsOf(name));
  }

  /**
   * Lets whoever collects ask for a value; until the application closes, so that nothing of it lives on in
   * an SDK that outlives it. What cannot be read just then is left out.
   */
  gauge(name: GaugeName, read: () => number | Promise<number>): void {
    const gauge: ObservableGauge = this.#meter.createObservableGauge(name, optionsOf(name));
    const observe = async (result: ObservableResult) => {
      try {
        const value = await read();
        if (Number.isFinite(value)) result.observe(value);
      } catch {
        // The database is away: its own errors say so.
      }
    };
    gauge.addCallback(observe);
    this.#gauges.push(() => gauge.removeCallback(observe));
  }

  /** Work within a span. Of what it throws the span learns the code and never the text. */
  span<Result>(name: SpanName, work: () => Promise<Result>): Promise<Result> {
    return this.#tracer.startActiveSpan(name, async (span) => {
      try {
        return await work();
      } catch (error) {
        span.setAttribute('error.type', toAuthError(error).code);
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  }

  onModuleDestroy(): void {
    for (const remove of this.#gauges.splice(0)) remove();
  }
}

function optionsOf(name: keyof typeof METRICS) {
  const { description, unit } = METRICS[name];
  return { description, unit };
}
