import type { ReactNode, Ref } from 'react';
import { Icon, type IconName } from './icon';

const ICONS = {
  bad: 'alert',
  warn: 'alert',
  info: 'info',
} as const satisfies Record<string, IconName>;

interface NoticeProps {
  readonly tone: keyof typeof ICONS;
  readonly title: string;
  readonly children?: ReactNode;
  readonly id?: string;
  /** `alert` interrupts whoever listens; without it the notice is part of the page. */
  readonly role?: 'alert' | 'status';
  /** Takes the focus, for the summary of a form that was refused. */
  readonly ref?: Ref<HTMLDivElement>;
}

/** Something to know before going on. */
export function Notice({ tone, title, children, ...rest }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} tabIndex={-1} {...rest}>
      <Icon name={ICONS[tone]} />
      <div className="notice-body">
        <p className="notice-title">{title}</p>
        {children}
      </div>
    </div>
  );
}

interface BlankProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children: ReactNode;
  readonly tone?: 'bad';
  readonly action?: ReactNode;
  /** Where the blank is the whole page, its title is the heading of the page. */
  readonly heading?: Ref<HTMLHeadingElement>;
}

/** What stands where there is nothing to show, and what to do about it. */
export function Blank({ icon, title, children, tone, action, heading }: BlankProps) {
  return (
    <div className="blank">
      <span className={tone === 'bad' ? 'blank-art blank-art-bad' : 'blank-art'}>
        <Icon name={icon} />
      </span>
      {heading === undefined ? (
        <h2>{title}</h2>
      ) : (
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
      )}
      <p>{children}</p>
      {action}
    </div>
  );
}
