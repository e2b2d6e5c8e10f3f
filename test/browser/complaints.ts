import type { BrowserContext } from 'playwright-core';

/** Writes down what pages complain about: errors, warnings and offences of their policy. */
export function collectComplaints(context: BrowserContext, complaints: string[]): void {
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('console', (message) => {
    // The browser's own note about an answer that is no 2xx: some tests are about those.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isAnswer) complaints.push(message.text());
  });
}
