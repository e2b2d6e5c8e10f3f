/** In order: most programs also name those that they descend from. */
const BROWSERS = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.* Safari\//, 'Safari'],
] as const;

const SYSTEMS = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

/** The first product of a user agent (RFC 9110 §10.1.5): nothing that reads as a link or a sentence. */
const PRODUCT = /^([A-Za-z][A-Za-z0-9_-]{0,31})(?:[/ ]|$)/;

/** Nothing longer is looked at. */
const MAX_LENGTH = 255;

/**
 * What a user agent calls itself, in our words: `Firefox on Windows`.
 *
 * Whoever signs in with a stolen password chooses this header. A mail that quoted it would carry the
 * thief's own text and links to the owner, under our name.
 */
export function deviceName(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, MAX_LENGTH);
  const browser = BROWSERS.find(([pattern]) => pattern.test(text))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(text))?.[1];
  if (browser !== undefined && system !== undefined) return `${browser} on ${system}`;
  const product = browser ?? system ?? PRODUCT.exec(text)?.[1];
  return product === undefined || product === 'Mozilla' ? 'an unknown device' : product;
}
