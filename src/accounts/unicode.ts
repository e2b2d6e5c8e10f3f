/**
 * Half a character. UTF-8 cannot carry it: encoders replace it, so two different texts would become
 * one (PW-13).
 */
export const LONE_SURROGATE = /\p{Surrogate}/u;
