import { toPrintable } from '../requests/printable';

const MAX_CAUSES = 5;
const MAX_MESSAGE_LENGTH = 500;
const MAX_FRAMES = 20;

/**
 * An error and its causes for the log: names, messages and frames, never another property, since
 * those hold bodies, parameters and connection strings. A message cannot start a new line (HT-9).
 */
export function reportCauses(error: unknown): { readonly summary: string; readonly stack: string } {
  const chain: unknown[] = [];
  for (let next = error; next !== undefined && chain.length < MAX_CAUSES; next = causeOf(next)) {
    if (chain.includes(next)) break;
    chain.push(next);
  }
  return {
    summary: chain.map(summarize).join(' <- '),
    stack: chain.flatMap(frames).slice(0, MAX_FRAMES).join('\n'),
  };
}

function causeOf(error: unknown): unknown {
  return isObject(error) ? error['cause'] : undefined;
}

function summarize(error: unknown): string {
  const text = isObject(error)
    ? `${textOf(error['name']) ?? 'Object'}: ${textOf(error['message']) ?? ''}`
    : typeof error;
  return toPrintable(text, MAX_MESSAGE_LENGTH);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function frames(error: unknown): readonly string[] {
  if (!isObject(error) || typeof error['stack'] !== 'string') return [];
  // The message stands at the head of the stack and may itself look like frames.
  const stack = error['stack'].replace(String(error['message']), () => '');
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => toPrintable(line, MAX_MESSAGE_LENGTH));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
