import type { Challenge } from '@portcullis/client';
import { useState } from 'react';
import { Icon, type IconName } from '../../../shared/icon';
import { Notice } from '../../../shared/notice';
import { Action } from '../controls';
import { useArrival } from '../router';
import { useCountdown } from '../use-countdown';

const FACTORS: Readonly<Record<string, readonly [IconName, string]>> = {
  totp: ['phone', 'A code from your authenticator app'],
  passkey: ['key', 'A passkey of this device'],
  recovery_code: ['lock', 'One of your recovery codes'],
};

interface ChallengeViewProps {
  readonly challenge: Challenge;
  onStartOver(this: void): void;
}

/** The password was right; the page shows what else the server asks for, and for how long. */
export function ChallengeView({ challenge, onStartOver }: ChallengeViewProps) {
  const heading = useArrival('One more step');
  const [until] = useState(() => performance.now() + challenge.expiresIn * 1000);
  const left = useCountdown(until);
  return (
    <>
      <header>
        <h1 ref={heading} tabIndex={-1}>
          One more step
        </h1>
        <p className="muted">
          Your password was right. To be sure that it is you, the server asks for:
        </p>
      </header>
      <ul className="factors">
        {challenge.factors.map((factor) => {
          const [icon, words] = FACTORS[factor] ?? ['shield', factor];
          return (
            <li key={factor}>
              <span className="tile tile-accent">
                <Icon name={icon} />
              </span>
              {words}
            </li>
          );
        })}
      </ul>
      {left > 0 ? (
        <p className="muted" role="timer" aria-live="off">
          You have <span className="number">{left}</span> s for it.
        </p>
      ) : (
        <Notice tone="warn" title="The time is over" role="alert" />
      )}
      <Action icon="back" onClick={onStartOver}>
        Start again
      </Action>
    </>
  );
}
