import { Controller, Get, Header, UseFilters, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ProblemFilter } from '../errors/problem.filter';
import { Public } from '../route-access/access.decorators';
import {
  DiscoveryService,
  JWKS_PATH,
  type AuthorizationServerMetadata,
  type JsonWebKeySet,
} from './discovery.service';

/** How long others may keep the documents, and so how long they may trust a key after its revocation. */
const CACHE_CONTROL = 'public, max-age=300';

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

  @Get('.well-known/oauth-authorization-server')
  @Header('Cache-Control', CACHE_CONTROL)
  metadata(): AuthorizationServerMetadata {
    return this.discovery.metadata();
  }
}
