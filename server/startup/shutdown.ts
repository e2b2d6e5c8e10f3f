import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';

/** What a shutdown acts on. */
export interface ShutdownTargets {
  readonly app: INestApplicationContext;
  readonly server: Server;
  /** Called first: from then on readiness says no. */
  readonly drain: () => void;
  readonly logger: LoggerService;
  /** Seconds that everything is served on after that, so that balancers notice. */
  readonly drainSeconds: number;
  /** Seconds that requests under way are waited for. */
  readonly limitSeconds: number;
}

const SWEEP_MILLISECONDS = 50;
/** For what lies behind the requests; a supervisor kills what takes longer. */
const CLOSE_LIMIT_MILLISECONDS = 10_000;

/**
 * Stops the server: it says that it is not ready and serves on for a while, then takes no new
 * connections, finishes the requests under way, and closes everything behind them.
 */
export class Shutdown {
  #running?: Promise<void>;

  constructor(private readonly targets: ShutdownTargets) {}

  /** Ends the process with this exit code when all is closed. A second call changes nothing. */
  run(reason: string, exitCode: number): Promise<void> {
    return (this.#running ??= this.#run(reason, exitCode));
  }

  /**
   * SIGTERM and SIGINT stop gently; a second one of either stops at once.
   *
   * @returns what ends it
   */
  listen(): () => void {
    const hear = (signal: NodeJS.Signals): void => {
      if (this.#running !== undefined) process.exit(1);
      void this.run(signal, 0);
    };
    const signals = ['SIGTERM', 'SIGINT'] as const;
    for (const signal of signals) process.on(signal, hear);
    return () => signals.forEach((signal) => process.off(signal, hear));
  }

  async #run(reason: string, exitCode: number): Promise<void> {
    const { app, server, drain, logger, drainSeconds, limitSeconds } = this.targets;
    logger.log(`${reason}: finishing the requests under way`);
    drain();
    closeConnectionsPolitely(server);
    try {
      // After an error that nobody caught, nothing more is served than has to be.
      if (exitCode === 0) await wait(drainSeconds * 1000);
      await closeServer(server, limitSeconds * 1000);
      setTimeout(() => process.exit(1), CLOSE_LIMIT_MILLISECONDS).unref();
      await app.close();
      logger.log('stopped');
      process.exit(exitCode);
    } catch (error) {
      logger.error(error);
      process.exit(1);
    }
  }
}

/** Each answer says that it is the last of its connection, so that none is closed under a request. */
function closeConnectionsPolitely(server: Server): void {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
}

/** A connection that was busy when the server closed goes idle later, and Node leaves it open then. */
function closeServer(server: Server, limitMilliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MILLISECONDS);
    const deadline = setTimeout(() => server.closeAllConnections(), limitMilliseconds);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(deadline);
      resolve();
    });
  });
}
