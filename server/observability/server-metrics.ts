import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { ServerEnvironment } from '../env';

const PATH = '/metrics';

/**
 * The metrics of this server, in the format of Prometheus, on a port of their own: they ask for no
 * credential, so clients must not reach them. Without `METRICS_PORT` nothing is measured.
 */
@Injectable()
export class ServerMetrics implements OnApplicationShutdown {
  /** Where the library's measurements go. */
  readonly meterProvider?: MeterProvider;
  readonly #exporter?: PrometheusExporter;
  #server?: Server;

  constructor(@Inject(ServerEnvironment) private readonly environment: ServerEnvironment) {
    if (environment.metrics === undefined) return;
    this.#exporter = new PrometheusExporter({ preventServerStart: true });
    this.meterProvider = new MeterProvider({ readers: [this.#exporter] });
  }

  /** Serves them, and says where; a command of the command line does not. */
  async listen(): Promise<string | undefined> {
    const { metrics } = this.environment;
    const exporter = this.#exporter;
    if (metrics === undefined || exporter === undefined) return undefined;
    const server = createServer((request, response) => {
      const isAsked = request.method === 'GET' && request.url === PATH;
      if (isAsked) exporter.getMetricsRequestHandler(request, response);
      else response.writeHead(404).end();
    });
    server.requestTimeout = 10_000;
    server.headersTimeout = 5000;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(metrics.port, metrics.host, resolve);
    });
    const { address, family, port } = server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}${PATH}`;
  }

  async onApplicationShutdown(): Promise<void> {
    const server = this.#server;
    if (server !== undefined) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
    await this.meterProvider?.shutdown();
  }
}
