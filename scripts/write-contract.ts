import 'reflect-metadata';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { openApiDocument } from '../server/http/documentation';
import { renderContract } from './render-contract';
import { writeGenerated } from './write-generated';

const ROOT = join(__dirname, '..');
const SERVER = join(ROOT, 'dist', 'server');
const CONTRACT = join(ROOT, 'packages', 'client', 'src', 'contract.gen.ts');

/** What the built server exports: the compiler's plugin has put the types of bodies and answers there. */
interface BuiltServer {
  readonly AppModule: Type;
  readonly openApiDocument: typeof openApiDocument;
}

/** Writes what the client takes from the server. The application is put together and not started. */
async function main(): Promise<void> {
  const { AppModule, openApiDocument } = {
    ...(await import(join(SERVER, 'app.module.js'))),
    ...(await import(join(SERVER, 'http', 'documentation.js'))),
  } as BuiltServer;
  const app = await NestFactory.create(AppModule, {
    preview: true,
    abortOnError: false,
    logger: ['error', 'fatal'],
  });
  writeGenerated(CONTRACT, renderContract(openApiDocument(app)));
}

void main();
