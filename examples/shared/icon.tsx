const PATHS = {
  invoice: 'M6 3h9l4 4v14H6zM14 3v5h5M9 12h6M9 16h4',
  chart: 'M4 20V4M4 20h16M8.5 16v-4M13 16V8M17.5 16v-6',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.8',
  devices: 'M3 5h14v9H3zM1.5 18H13M17 9h5v10h-5zM19 16.5h1',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0',
  signOut: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z',
  eyeOff:
    'M4 4l16 16M9.5 5.9A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.7 3.5M6.3 7.5A16 16 0 0 0 2.5 12S6 18.5 12 18.5c1.4 0 2.7-.4 3.8-.9M10 10a2.8 2.8 0 0 0 4 4',
  alert: 'M12 8.5v4.5M12 16.4v.1M12 3 2.2 20h19.6z',
  info: 'M12 11v5.5M12 7.6v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  check: 'M5 12.5 10 17.5 19.5 7',
  checkCircle: 'M8 12.3l2.8 2.8L16.2 9.5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M15 5l-7 7 7 7',
  plus: 'M12 5v14M5 12h14',
  shield: 'M12 3l7.5 3v5.5c0 4.6-3.1 8-7.5 9.5-4.4-1.5-7.5-4.9-7.5-9.5V6zM8.8 12l2.3 2.3 4.2-4.4',
  lock: 'M6 11h12v9.5H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11',
  compass: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM15.5 8.5l-2 5-5 2 2-5z',
  cloudOff: 'M4 4l16 16M8 8.2A5.5 5.5 0 0 0 7 19h10.5M11 5.2a6 6 0 0 1 7 5.8 4 4 0 0 1 2.9 6',
  laptop: 'M5 5h14v10H5zM2.5 19h19',
  phone: 'M7.5 2.5h9v19h-9zM11 18.5h2',
  key: 'M14.5 13a4.5 4.5 0 1 0-4.2-3L3 17.3V21h3.7v-2.5h2.5V16h2.5l1.3-1.3',
  clock: 'M12 7v5.2l3.4 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
} as const;

/** The name of a picture. */
export type IconName = keyof typeof PATHS;

/** A picture beside words that say the same; whoever listens does not miss it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of the examples: a raised portcullis. */
export function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#4644c9" />
      <path
        d="M8 24V14.5a8 8 0 0 1 16 0V24M13.3 7.5v11l-1.3 2.5M18.7 7.5v11l1.3 2.5M8.2 13h15.6M8 18.2h16"
        fill="none"
        stroke="#ffffff"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
