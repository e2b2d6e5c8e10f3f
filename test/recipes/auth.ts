import { createAuthClient } from '@portcullis/client';

export const auth = createAuthClient();
