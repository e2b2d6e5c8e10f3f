import { makePasswords } from './password-services';

/** Made with Python's hashlib and libcrypt, none with the code under test. */
const PASSWORD = 'correct horse é battery';
const FOREIGN = {
  'plain bcrypt, $2a$': '{bcrypt}$2a$05$abcdefghijklmnopqrstuucIt5AlV2lPRHbSVNGRRcy/oatNcgHK.',
  'plain bcrypt, $2b$': '{bcrypt}$2b$05$abcdefghijklmnopqrstuucIt5AlV2lPRHbSVNGRRcy/oatNcgHK.',
  'plain bcrypt, $2y$': '{bcrypt}$2y$05$abcdefghijklmnopqrstuucIt5AlV2lPRHbSVNGRRcy/oatNcgHK.',
  'an scrypt PHC string':
    '{scrypt}$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$GdQUuf34HXn/3XSIUzoP5H7SUHULtiwZXSV1Do+dQ78',
  'PBKDF2-SHA-256 of Django':
    '{django}pbkdf2_sha256$1000$seasalt$OhePi2xDoB+D4NEHSeeZQ0Z53NU8tc0zjC5vuHCs4o4=',
  'PBKDF2-SHA-1 of Django': '{django}pbkdf2_sha1$1000$seasalt$GJQpYoLDBKOHCocXG76FlFdAUjg=',
  'ASP.NET Identity with SHA-1':
    '{aspnet}AQAAAAAAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg9IZK4YyPREUX7plCP6urB0tEaGP/6Dt/APgp33E5X23w==',
  'ASP.NET Identity with SHA-256':
    '{aspnet}AQAAAAEAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg/S39xJZlyHNs9rm60M6cSHn/SVfSQ1ylQL7aWLDhVOmA==',
  'ASP.NET Identity with SHA-512':
    '{aspnet}AQAAAAIAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg9kD6VtDY/erzLLTutaKXVEdOGHINjpHssHnHbPFovoRg==',
  'Keycloak with SHA-256':
    '{keycloak}pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw==$0t/cSWZchzbPa5utDOnEh5/0lX0kNcpUC+2liw4VTphHAilpxV4SDYD9Xqnu7QdgyWbZNitMDjbItIFq/45DOA==',
  'Keycloak with SHA-512':
    '{keycloak}pbkdf2-sha512$1000$AAECAwQFBgcICQoLDA0ODw==$ZA+lbQ2P3q8yy07rWil1RHThhyDY6R7LB5x2zxaL6EbY5i+VOUnNmgfq0iLwJrjb2HiwvBkzUrGONJYg9Mrs+A==',
  'Keycloak with SHA-1':
    '{keycloak}pbkdf2$1000$AAECAwQFBgcICQoLDA0ODw==$SGSuGMj0RFF+6ZQj+rqwdLRGhj8=',
};

/** From the test suite of the reference implementation of Argon2. */
const REFERENCE_ARGON2ID = {
  password: 'password',
  stored:
    '{argon2id}$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
};

const passwords = makePasswords();

beforeAll(() => passwords.service.onModuleInit());
afterAll(() => passwords.close());

describe('verification', () => {
  it.each(Object.entries(FOREIGN))(
    'PW-10: %s verifies and asks for an upgrade',
    async (_, stored) => {
      passwords.service.assertImportable(stored);
      expect(await passwords.verify(PASSWORD, stored)).toBe('ok-rehash');
      expect(await passwords.verify('correct horse e battery', stored)).toBe('failed');
    },
  );

  it('PW-10: argon2id verifies and asks for an upgrade', async () => {
    const { password, stored } = REFERENCE_ARGON2ID;
    passwords.service.assertImportable(stored);
    expect(await passwords.verify(password, stored)).toBe('ok-rehash');
    expect(await passwords.verify('Password', stored)).toBe('failed');
  });

  it('PW-10: the upgraded hash is ours and needs no further one', async () => {
    const upgraded = await passwords.hash(PASSWORD);
    expect(upgraded).toMatch(/^\{bcrypt-hmac-sha256;pepper=1\}\$2b\$10\$/);
    expect(await passwords.verify(PASSWORD, upgraded)).toBe('ok');
  });
});

const salt = 'AAECAwQFBgcICQoLDA0ODw';
const hash = 'A'.repeat(43);
const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const aspNet = (...parts: readonly Buffer[]) =>
  `{aspnet}${Buffer.concat(parts).toString('base64')}`;

describe('what cannot be imported', () => {
  it.each([
    ['argon2id with 4 GiB', `{argon2id}$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${hash}`],
    ['argon2id with 100 passes', `{argon2id}$argon2id$v=19$m=65536,t=100,p=1$${salt}$${hash}`],
    [
      'argon2id with much memory often',
      `{argon2id}$argon2id$v=19$m=262144,t=16,p=1$${salt}$${hash}`,
    ],
    ['argon2id with 1000 lanes', `{argon2id}$argon2id$v=19$m=65536,t=1,p=1000$${salt}$${hash}`],
    ['scrypt with 2^40', `{scrypt}$scrypt$ln=40,r=8,p=1$${salt}$${hash}`],
    ['scrypt with huge blocks', `{scrypt}$scrypt$ln=15,r=99999,p=1$${salt}$${hash}`],
    ['PBKDF2 with 10^9 iterations', '{django}pbkdf2_sha256$999999999$salt$' + hash + '='],
    [
      'ASP.NET with 4·10^9 iterations',
      aspNet(Buffer.from([1]), word(1), word(2 ** 32 - 1), word(16), Buffer.alloc(48)),
    ],
    ['bcrypt of cost 31', `{bcrypt}$2b$31$${'a'.repeat(53)}`],
  ])('FS-5: %s would stop a thread, so it is refused at import and at login', async (_, stored) => {
    expect(() => passwords.service.assertImportable(stored)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        errors: [{ field: 'passwordHash', message: expect.stringContaining('out of bounds') }],
      }),
    );
    await expect(passwords.verify(PASSWORD, stored)).rejects.toMatchObject({
      code: 'internal_error',
    });
  });

  it.each([
    ['no scheme', '$2b$12$' + 'a'.repeat(53)],
    ['an unknown scheme', '{md5}5f4dcc3b5aa765d61d8327deb882cf99'],
    ['a scheme that objects inherit', '{constructor}x'],
    ['bcrypt cut short', `{bcrypt}$2b$12$${'a'.repeat(40)}`],
    ['the broken $2x$', `{bcrypt}$2x$12$${'a'.repeat(53)}`],
    ['an argon2i hash', `{argon2id}$argon2i$v=19$m=65536,t=2,p=1$${salt}$${hash}`],
    ['argon2id without passes', `{argon2id}$argon2id$v=19$m=65536,t=0,p=1$${salt}$${hash}`],
    ['a hash of one byte', `{scrypt}$scrypt$ln=10,r=8,p=1$${salt}$AA`],
    [
      'an empty hash, which everything would match',
      aspNet(Buffer.from([1]), word(1), word(1000), word(16), Buffer.alloc(16)),
    ],
    [
      'a salt longer than the record',
      aspNet(Buffer.from([1]), word(1), word(1000), word(2 ** 31), Buffer.alloc(48)),
    ],
    [
      'an unknown function of ASP.NET',
      aspNet(Buffer.from([1]), word(9), word(1000), word(16), Buffer.alloc(48)),
    ],
    ['a foreign scheme with a pepper', `{bcrypt;pepper=1}$2b$10$${'a'.repeat(53)}`],
    ['a record of 10,000 characters', `{django}pbkdf2_sha256$1000$${'a'.repeat(10_000)}$${hash}=`],
  ])('%s is an error, never a mismatch', async (_, stored) => {
    expect(() => passwords.service.assertImportable(stored)).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
    await expect(passwords.verify(PASSWORD, stored)).rejects.toMatchObject({
      code: 'internal_error',
    });
  });

  it('our own hashes are not imported: they would claim a pepper that made none of them', async () => {
    const own = await passwords.hash(PASSWORD);
    expect(() => passwords.service.assertImportable(own)).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
  });
});
