import { Controller, Get, Header, Req, UseFilters, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ProblemFilter } from '../errors/problem.filter';
import { JWKS_MAX_AGE_SECONDS } from '../options/signing-key-options';
import type { HttpRequest } from '../requests/http-request';
import { Public } from '../route-access/access.decorators';
import {
  DiscoveryService,
  JWKS_PATH,
  METADATA_PATH,
  type AuthorizationServerMetadata,
  type JsonWebKeySet,
} from './discovery.service';

const CACHE_CONTROL = `public, max-age=${JWKS_MAX_AGE_SECONDS}`;

/** The documents that standards put below `/.well-known` (RFC 8615), never under the prefix of our routes. */
@Controller({ version: VERSION_NEUTRAL })
@UseFilters(ProblemFilter)
@ApiTags('discovery')
@Public({ reason: 'verifiers and clients read the documents before they have any credential' })
export class DiscoveryController {
  constructor(private readonly discovery: DiscoveryService) {}

  @Get(JWKS_PATH)
  @Header('Content-Type', 'application/jwk-set+json')
  @Header('Cache-Control', CACHE_CONTROL)
  keySet(): JsonWebKeySet {
    return this.discovery.keySet();
  }

  @Get(METADATA_PATH)
  @Header('Cache-Control', CACHE_CONTROL)
  metadata(): AuthorizationServerMetadata {
    return this.discovery.metadata();
  }

  @Get(`${METADATA_PATH}/*`)
  @Header('Cache-Control', CACHE_CONTROL)
  metadataBelow(@Req() { url }: HttpRequest): AuthorizationServerMetadata {
    return this.discovery.metadataBelow(url);
  }
}
