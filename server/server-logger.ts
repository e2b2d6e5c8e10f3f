import { ConsoleLogger, type LogLevel } from '@nestjs/common';

/** What Nest reports of itself in dozens of lines at each start. */
const QUIET = new Set(['InstanceLoader', 'NestFactory', 'RoutesResolver']);

/** What they report as errors of a start; whoever starts the server reports them. */
const QUIET_ERRORS = new Set(['ExceptionHandler', 'TypeOrmModule']);

/** From the most talkative to the least; each includes those behind it. */
export const LOG_LEVELS = ['debug', 'log', 'warn', 'error'] as const satisfies readonly LogLevel[];

/** JSON in production, text for people elsewhere. */
export class ServerLogger extends ConsoleLogger {
  constructor(options: { readonly json: boolean; readonly level: (typeof LOG_LEVELS)[number] }) {
    const written = LOG_LEVELS.slice(LOG_LEVELS.indexOf(options.level));
    super('Server', { json: options.json, logLevels: [...written, 'fatal'] });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && QUIET.has(context)) return;
    super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && QUIET_ERRORS.has(context)) return;
    super.error(message, ...rest);
  }
}
