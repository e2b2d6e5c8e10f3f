/** Work of one hash, as it is sent to a worker thread. Everything in it is bounded before. */
export type HashTask =
  | { readonly kind: 'bcrypt-hash'; readonly input: string; readonly cost: number }
  | ({ readonly input: string } & Comparison);

/** A stored hash that a password can be compared with. */
export type Comparison =
  | { readonly kind: 'bcrypt-compare'; readonly hash: string }
  | {
      readonly kind: 'pbkdf2';
      readonly digest: 'sha1' | 'sha256' | 'sha512';
      readonly iterations: number;
      readonly salt: Uint8Array;
      readonly expected: Uint8Array;
    }
  | {
      readonly kind: 'scrypt';
      /** N of RFC 7914 §2. */
      readonly cost: number;
      readonly blockSize: number;
      readonly parallelization: number;
      readonly salt: Uint8Array;
      readonly expected: Uint8Array;
    }
  | {
      readonly kind: 'argon2id';
      readonly memoryKib: number;
      readonly passes: number;
      readonly lanes: number;
      readonly salt: Uint8Array;
      readonly expected: Uint8Array;
    };
