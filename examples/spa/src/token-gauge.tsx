import { useEffect, useState } from 'react';
import { auth } from './auth';

interface Reading {
  readonly secondsLeft: number;
  readonly lifetime: number;
  /** Names the token without being one. */
  readonly id: string;
}

/** Shows that the access token renews itself: how long it still lives, and how often it was replaced. */
export function TokenGauge() {
  const [reading, setReading] = useState<Reading>();
  const [renewals, setRenewals] = useState(0);
  const id = reading?.id;

  useEffect(() => {
    let isOver = false;
    const look = async () => {
      const next = await read().catch(() => undefined);
      if (isOver || next === undefined) return;
      setReading(next);
      if (id !== undefined && next.id !== id) setRenewals((count) => count + 1);
    };
    void look();
    const timer = setInterval(() => void look(), 1000);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [id]);

  return (
    <section className="card" aria-labelledby="token-heading">
      <div className="card-head">
        <h2 id="token-heading">Access token</h2>
        <span className="badge badge-dot badge-good">In memory</span>
      </div>
      <div className="card-body gauge">
        <p className="gauge-value">
          <span className="amount" data-testid="seconds-left">
            {reading?.secondsLeft ?? '–'}
          </span>
          <span className="muted">seconds left</span>
        </p>
        <progress
          max={reading?.lifetime ?? 1}
          value={reading?.secondsLeft ?? 0}
          aria-label="Seconds of life of the access token"
        />
        <p className="small muted">
          Renewed <span data-testid="renewals">{renewals}</span> {renewals === 1 ? 'time' : 'times'}{' '}
          since you opened this page, by itself, before it ran out.
        </p>
      </div>
    </section>
  );
}

/** Reads when the token ends, and lets go of it: no variable, no state and no page ever holds it. */
async function read(): Promise<Reading> {
  const [, payload = ''] = (await auth.getAccessToken(0)).split('.');
  const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
  const { exp, iat, jti } = JSON.parse(text) as { exp: number; iat: number; jti: string };
  const secondsLeft = Math.max(0, Math.round(exp - Date.now() / 1000));
  return { secondsLeft, lifetime: exp - iat, id: jti };
}
