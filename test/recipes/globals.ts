import type { AuthClient, LoginInput } from '@portcullis/client';
import type { AxiosInstance } from 'axios';
import type { KyInstance } from 'ky';

/** What stood on a page at one moment, and who was signed in then. */
export interface Seen {
  readonly userId: string | undefined;
  readonly text: string;
}

/** What a test does with the queries of whoever is signed in. */
export interface Desk {
  read(): Promise<void>;
  sign(): Promise<unknown>;
  cached(): string;
}

// What the pages leave for the tests.
declare global {
  var auth: AuthClient;
  var axiosApi: AxiosInstance;
  var kyApi: KyInstance;
  var desk: Desk;
  var seen: Seen[];
  var signInAndGoOn: (account: LoginInput) => Promise<void>;
}
