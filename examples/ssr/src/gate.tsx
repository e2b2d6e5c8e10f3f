import type { ReactNode } from 'react';
import { Gate as Frame, type GateProps } from '../../shared/gate';

const POINTS: GateProps['points'] = [
  { icon: 'lock', text: 'One cookie that no script can read, and no token in the browser.' },
  { icon: 'shield', text: 'Every form proves that it comes from a page of this server.' },
  { icon: 'clock', text: 'Script only adds what is live: sign-outs and roles, as they change.' },
];

/** The frame of the pages for strangers. */
export function Gate({ children }: { readonly children: ReactNode }) {
  return (
    <Frame title="Works before any script does." points={POINTS}>
      {children}
    </Frame>
  );
}
