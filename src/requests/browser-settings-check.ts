import { Server as TlsServer } from 'node:tls';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ResolvedAuthOptions } from '../options/auth-options';
import { browserContradictions } from '../options/browser-contradictions';
import { isProduction } from '../options/browser-options';
import { StructuralAuthOptions } from '../options/structural-options';

/** Says once, at the start of a server, which settings for browsers contradict each other. */
@Injectable()
export class BrowserSettingsCheck implements OnApplicationBootstrap {
  readonly #logger = new Logger('Portcullis');

  constructor(
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
    @Inject(StructuralAuthOptions) private readonly structure: StructuralAuthOptions,
    private readonly host: HttpAdapterHost,
  ) {}

  onApplicationBootstrap(): void {
    // A command has the application without its server, and browsers are not its business.
    const { httpAdapter } = this.host as Partial<HttpAdapterHost>;
    const server: unknown = httpAdapter?.getHttpServer();
    if (server === undefined || server === null) return;
    const found = browserContradictions({
      ...this.options,
      terminatesTls: server instanceof TlsServer,
      isProduction: isProduction(),
      hasForms: this.structure.forms !== undefined,
    });
    for (const { problem, remedy } of found) this.#logger.warn(`${problem}. Remedy: ${remedy}.`);
  }
}
