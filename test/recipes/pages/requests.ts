import '../globals.js';
import { auth } from '../auth.js';
import { api as axiosApi } from '../axios.js';
import { api as kyApi } from '../ky.js';

Object.assign(globalThis, { auth, axiosApi, kyApi });
void auth.start();
