import type { Server } from 'node:http';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';

/** What a shutdown acts on. */
export interface ShutdownTargets {
  readonly app: INestApplicationContext;
  readonly server: Server;
  /** Called first: from then on readiness says no. */
  readonly drain: () => void;
  readonly logger: LoggerService;
  /** Seconds that requests under way are waited for. */
  readonly limitSeconds: number;
}

const SWEEP_MILLISECONDS = 50;

/** Stops the server: no new connections, requests under way finish, then everything behind them. */
export class Shutdown {
  #running?: Promise<void>;

  constructor(private readonly targets: ShutdownTargets) {}

  /** Ends the process with this exit code when all is closed. A second call changes nothing. */
  run(reason: string, exitCode: number): Promise<void> {
    return (this.#running ??= this.#run(reason, exitCode));
  }

  /** SIGTERM and SIGINT stop gently; a second one of either stops at once. */
  listen(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (this.#running !== undefined) process.exit(1);
        void this.run(signal, 0);
      });
    }
  }

  async #run(reason: string, exitCode: number): Promise<void> {
    const { app, server, drain, logger, limitSeconds } = this.targets;
    logger.log(`${reason}: finishing the requests under way`);
    drain();
    try {
      await closeServer(server, limitSeconds * 1000);
      await app.close();
      logger.log('stopped');
      process.exit(exitCode);
    } catch (error) {
      logger.error(error);
      process.exit(1);
    }
  }
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
