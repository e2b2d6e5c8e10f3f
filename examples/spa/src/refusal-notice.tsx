import { Notice } from '../../shared/notice';
import type { Refusal } from './use-refusal';

interface RefusalNoticeProps {
  readonly id: string;
  readonly refusal: Refusal;
}

/** The summary of a form that was refused. It counts down where the server said how long to wait. */
export function RefusalNotice({
  id,
  refusal: { words, wait, summary, error },
}: RefusalNoticeProps) {
  if (words === undefined) return null;
  return (
    <Notice
      id={id}
      ref={summary}
      role="alert"
      tone={error?.code === 'invalid_credentials' ? 'bad' : 'warn'}
      title={words.title}
    >
      <p>{words.text}</p>
      {wait > 0 && (
        <p role="timer" aria-live="off">
          Next attempt in <span className="number">{wait}</span> s.
        </p>
      )}
    </Notice>
  );
}
