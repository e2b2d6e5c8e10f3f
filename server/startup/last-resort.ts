import type { LoggerService } from '@nestjs/common';
import type { Shutdown } from './shutdown';

/**
 * What happens to errors that nobody caught (FS-3).
 *
 * A rejection that nobody awaits is one request's failed side effect: it is logged, and the process
 * goes on, so that no single request can end it. After an uncaught exception the state of the process
 * is unknown: it finishes what is under way and leaves, and the supervisor starts another.
 *
 * @returns what takes it away
 */
export function installLastResort(logger: LoggerService, shutdown: Shutdown): () => void {
  const onRejection = (reason: unknown): void => {
    logger.error('unhandled rejection', stackOf(reason));
  };
  const onException = (error: Error): void => {
    logger.error('uncaught exception', stackOf(error));
    void shutdown.run('uncaught exception', 1);
  };
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return () => {
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtException', onException);
  };
}

function stackOf(reason: unknown): string {
  return (reason as { stack?: string } | null)?.stack ?? String(reason);
}
