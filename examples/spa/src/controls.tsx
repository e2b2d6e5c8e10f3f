import { useId, useState, type ComponentProps, type MouseEvent, type ReactNode } from 'react';
import { Icon, type IconName } from '../../shared/icon';

interface ActionProps extends ComponentProps<'button'> {
  readonly kind?: 'primary' | 'danger' | 'danger-solid' | 'quiet';
  readonly icon?: IconName;
  readonly pending?: boolean;
  /** Refuses clicks but keeps the focus, so that nobody at a keyboard is thrown to the top. */
  readonly off?: boolean;
}

/** A button that shows that its work is under way, and does it once. */
export function Action({
  kind,
  icon,
  pending = false,
  off = false,
  className = '',
  onClick,
  children,
  type = 'button',
  ...rest
}: ActionProps) {
  const isOff = off || pending;
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (isOff) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      className={`button ${kind === undefined ? '' : `button-${kind}`} ${className}`}
      type={type}
      aria-disabled={isOff || undefined}
      aria-busy={pending || undefined}
      onClick={press}
      {...rest}
    >
      {pending ? <span className="spinner" /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  readonly label: string;
  readonly hint?: string;
  readonly error?: string | undefined;
  /** The id of what also describes the field, such as the summary of a form. */
  readonly describedBy?: string | undefined;
  readonly invalid?: boolean;
  readonly action?: ReactNode;
}

/** A labelled field; what is wrong with it stands below and is read with it. */
export function Field({
  label,
  hint,
  error,
  describedBy,
  invalid = error !== undefined,
  action,
  ...input
}: FieldProps) {
  const id = useId();
  const described = [
    hint === undefined ? undefined : `${id}-hint`,
    error === undefined ? undefined : `${id}-error`,
    describedBy,
  ].filter((part) => part !== undefined);
  const box = (
    <input
      {...input}
      id={id}
      className="input"
      aria-invalid={invalid || undefined}
      aria-describedby={described.length > 0 ? described.join(' ') : undefined}
    />
  );
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {action === undefined ? (
        box
      ) : (
        <div className="input-with-action">
          {box}
          {action}
        </div>
      )}
      {hint !== undefined && (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p className="field-error" id={`${id}-error`}>
          <Icon name="alert" />
          {error}
        </p>
      )}
    </div>
  );
}

/** A password that may be looked at, and a word where the keyboard writes capitals only. */
export function PasswordField(props: Omit<FieldProps, 'type' | 'label' | 'action' | 'hint'>) {
  const [isShown, setShown] = useState(false);
  const [hasCapsLock, setCapsLock] = useState(false);
  return (
    <Field
      {...props}
      label="Password"
      type={isShown ? 'text' : 'password'}
      autoComplete="current-password"
      autoCapitalize="none"
      spellCheck={false}
      onKeyUp={(event) => setCapsLock(event.getModifierState('CapsLock'))}
      {...(hasCapsLock && { hint: 'Caps Lock is on.' })}
      action={
        <button
          type="button"
          aria-label={isShown ? 'Hide the password' : 'Show the password'}
          aria-pressed={isShown}
          onClick={() => setShown(!isShown)}
        >
          <Icon name={isShown ? 'eyeOff' : 'eye'} />
        </button>
      }
    />
  );
}
