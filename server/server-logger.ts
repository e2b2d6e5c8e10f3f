import { ConsoleLogger } from '@nestjs/common';

/** What Nest reports of itself in dozens of lines at each start. */
const QUIET = new Set(['InstanceLoader', 'NestFactory', 'RoutesResolver']);

/** What they report as errors of a start; whoever starts the server reports them. */
const QUIET_ERRORS = new Set(['ExceptionHandler', 'TypeOrmModule']);

/** JSON in production, text for people elsewhere. */
export class ServerLogger extends ConsoleLogger {
  constructor(options: { readonly json: boolean }) {
    super('Server', { json: options.json });
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
