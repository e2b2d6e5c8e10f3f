import { deviceName } from '../../src/delivery/device-name';
import { naughtyStrings } from '../support/naughty-strings';

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)';

describe('the name of a device', () => {
  it.each([
    [`${WINDOWS} Chrome/140.0.0.0 Safari/537.36`, 'Chrome on Windows'],
    [`${WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`, 'Edge on Windows'],
    [`${MAC}605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`, 'Safari on macOS'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['curl/8.5.0', 'curl'],
    ['AcmeApp/2.1 (iOS 18)', 'AcmeApp'],
    ['node', 'node'],
  ])('of %j is %j', (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name);
  });

  it.each([undefined, '', 'Mozilla/5.0 (compatible)', '<b>bold</b>', '0day', 'evil.example/1'])(
    'of %j, which says nothing, is unknown',
    (userAgent) => {
      expect(deviceName(userAgent)).toBe('an unknown device');
    },
  );

  it('HT-9: is never a sentence, a link or markup of whoever sent the request', () => {
    const phishing = [
      'Call +1-202-555-0100 to secure your account https://evil.example',
      'https://evil.example/ is the new address of your bank',
      'www.evil.example Firefox/1.0 Windows',
    ];
    for (const text of [...phishing, ...naughtyStrings()]) {
      expect(deviceName(text)).toMatch(
        /^[A-Za-z0-9_-]{1,32}$|^[\w ]{1,20} on [\w]{1,10}$|^an unknown device$/,
      );
    }
  });
});
