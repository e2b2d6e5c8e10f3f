import type { ExecutionContext } from '@nestjs/common';

const decided = new WeakSet<object>();

/** Notes that a guard of ours was asked about a call. Nest hands one context to all guards of a call. */
export function noteDecision(context: ExecutionContext): void {
  decided.add(context);
}

/** Whether access was decided before whoever asks was reached. */
export function wasDecided(context: ExecutionContext): boolean {
  return decided.has(context);
}
