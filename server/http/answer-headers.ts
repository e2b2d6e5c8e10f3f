import type { Server } from 'node:http';
import { DOCUMENTATION_PATH } from './documentation';
import { apiHeaders, documentationHeaders } from './security-headers';

const DOCUMENTATION = new RegExp(`^/${DOCUMENTATION_PATH}(?:[/?#]|$)`, 'i');

/**
 * Sets the headers of every answer before the web framework sees the request. So also those carry
 * them that no middleware would reach: what its router refuses, what it does not find, its errors.
 */
export function setAnswerHeaders(server: Server, { hasDocumentation = false } = {}): void {
  const ofApi = apiHeaders();
  const ofDocumentation = documentationHeaders();
  server.prependListener('request', (request, response) => {
    const isDocumentation = hasDocumentation && DOCUMENTATION.test(request.url ?? '');
    const setHeaders = isDocumentation ? ofDocumentation : ofApi;
    setHeaders(request, response, rethrow);
    // What one person may see must not stay in a shared cache; the key set says otherwise for itself.
    response.setHeader('cache-control', 'no-store');
  });
}

function rethrow(error?: unknown): void {
  if (error instanceof Error) throw error;
}
