import type { AuthError } from '@portcullis/client';
import { Blank, Notice } from '../../shared/notice';
import { Action } from './controls';
import { wordsFor } from './words';

interface FailureProps {
  readonly error: AuthError;
  /** There is something to show, and this stands above it. */
  readonly isInline?: boolean;
  onRetry(this: void): void;
}

/** What could not be loaded, and a way to try it again. */
export function Failure({ error, isInline = false, onRetry }: FailureProps) {
  const { title, text } = wordsFor(error);
  const retry = (
    <Action className={isInline ? 'button-small' : ''} onClick={onRetry}>
      Try again
    </Action>
  );
  if (isInline) {
    return (
      <div className="card-body">
        <Notice tone="warn" title={title} role="alert">
          <p>{text} What you see may be old.</p>
        </Notice>
      </div>
    );
  }
  return (
    <div role="alert">
      <Blank icon={error.retryable ? 'cloudOff' : 'alert'} tone="bad" title={title} action={retry}>
        {text}
      </Blank>
    </div>
  );
}
