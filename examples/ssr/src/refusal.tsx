import { Notice } from '../../shared/notice';
import type { Words } from './words';

/** Why a form was refused, in front of what to do about it. */
export function Refusal({ title, text }: Words) {
  return (
    <Notice tone="bad" title={title} id="refusal" role="alert">
      <p>{text}</p>
    </Notice>
  );
}
