/** The statement that advances a family. */
export const ROTATION = /counter = s\.counter \+ 1/;

/** The second statement of a transaction that ends all sessions of an account; the first raised its epoch. */
export const ENDS_SESSIONS = /WITH locked AS \(\s+SELECT s\.id FROM "auth"\."sessions"/;
