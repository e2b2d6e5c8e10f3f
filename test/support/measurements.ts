import type { Attributes, MeterProvider as MeterProviderApi } from '@opentelemetry/api';
import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import type { TelemetryOptions } from '../../src/options/telemetry-options';

/** One series of a metric, and where it stands. */
export interface Series {
  readonly metric: string;
  readonly attributes: Attributes;
  readonly value: number;
}

class PulledReader extends MetricReader {
  protected onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** A real SDK for one application, read when a test asks. */
export class Measurements {
  readonly #reader = new PulledReader();
  readonly #spans = new InMemorySpanExporter();
  readonly #meters = new MeterProvider({ readers: [this.#reader] });
  readonly #tracers = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.#spans)],
  });

  get options(): TelemetryOptions {
    return { meterProvider: this.#meters, tracerProvider: this.#tracers };
  }

  async series(metric?: string): Promise<Series[]> {
    const { resourceMetrics } = await this.#reader.collect();
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((one) =>
        one.dataPoints.map(({ attributes, value }) => ({
          metric: one.descriptor.name,
          attributes,
          value:
            one.dataPointType === DataPointType.HISTOGRAM
              ? (value as { count: number }).count
              : (value as number),
        })),
      ),
    );
    return metric === undefined ? all : all.filter((one) => one.metric === metric);
  }

  /** What a metric counts, by the values of its attributes: `denied forbidden`. */
  async counts(metric: string): Promise<Record<string, number>> {
    const series = await this.series(metric);
    return Object.fromEntries(
      series.map(({ attributes, value }) => [Object.values(attributes).join(' ') || 'ok', value]),
    );
  }

  get spans(): readonly ReadableSpan[] {
    return this.#spans.getFinishedSpans();
  }
}

/** What was handed over at the counters, by identity. */
export function recordingMeters(handed: (metric: string, attributes: unknown) => void) {
  const instrument = (name: string) => ({
    add: (_value: number, attributes: unknown) => handed(name, attributes),
    record: (_value: number, attributes: unknown) => handed(name, attributes),
    addCallback: () => undefined,
    removeCallback: () => undefined,
  });
  const meter = {
    createCounter: instrument,
    createHistogram: instrument,
    createObservableGauge: instrument,
  };
  return { getMeter: () => meter } as unknown as MeterProviderApi;
}
