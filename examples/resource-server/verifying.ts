import express, { type Express } from 'express';
import { auth } from 'express-oauth2-jwt-bearer';

/** Verifies tokens by itself: no question to anybody, and a revocation is not heard before `exp`. */
export function verifyingApi(issuer: string, audience: string): Express {
  const api = express();
  // Finds the keys through <issuer>'s metadata; `strict` asks for an access token of RFC 9068.
  api.use(auth({ issuerBaseURL: issuer, audience, strict: true }));
  api.get('/orders', (request, answer) => {
    answer.json({ of: request.auth?.payload.sub });
  });
  return api;
}
