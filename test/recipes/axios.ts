import axios from 'axios';
import { auth } from './auth.js';

export const api = axios.create({ adapter: 'fetch', env: { fetch: auth.fetch } });
