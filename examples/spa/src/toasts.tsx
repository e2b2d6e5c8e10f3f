import { createContext, use, useCallback, useEffect, useState, type ReactNode } from 'react';
import { Icon } from '../../shared/icon';

const SHOWN_MILLISECONDS = 7000;

type Tone = 'good' | 'bad';

interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}

const Say = createContext<(tone: Tone, text: string) => void>(() => undefined);

/** Tells what became of an action, without taking the focus. */
export function useToast() {
  return use(Say);
}

let last = 0;

/** Holds what was told last. */
export function Toasts({ children }: { readonly children: ReactNode }) {
  const [shown, show] = useState<readonly Toast[]>([]);
  const say = useCallback((tone: Tone, text: string) => {
    last += 1;
    show((before) => [...before.slice(-2), { id: last, tone, text }]);
  }, []);
  const close = useCallback(
    (id: number) => show((before) => before.filter((toast) => toast.id !== id)),
    [],
  );
  return (
    <Say value={say}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {shown.map((toast) => (
          <ToastCard key={toast.id} toast={toast} close={close} />
        ))}
      </div>
    </Say>
  );
}

function ToastCard({
  toast,
  close,
}: {
  readonly toast: Toast;
  close(this: void, id: number): void;
}) {
  const { id, tone, text } = toast;
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return undefined;
    const timer = setTimeout(() => close(id), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [id, isHeld, close]);
  return (
    <div
      className={`toast toast-${tone}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <Icon name={tone === 'good' ? 'checkCircle' : 'alert'} />
      <span>{text}</span>
      <button
        type="button"
        className="button button-quiet button-small button-icon"
        aria-label="Dismiss"
        onClick={() => close(id)}
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
