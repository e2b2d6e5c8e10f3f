import { useEffect, useId, useRef, type ReactNode } from 'react';

interface DialogProps {
  readonly title: string;
  readonly text?: ReactNode;
  readonly children: ReactNode;
  /** Called by Escape. */
  onClose(this: void): void;
}

/** The browser's own modal dialog: it holds the focus, and gives it back to where it was. */
export function Dialog({ title, text, children, onClose }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element?.open === false) element.showModal();
    // Otherwise the first of all has the focus, also one that only shows something.
    element?.querySelector<HTMLElement>('input:not([readonly])')?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          {text !== undefined && <p>{text}</p>}
        </header>
        {children}
      </div>
    </dialog>
  );
}
