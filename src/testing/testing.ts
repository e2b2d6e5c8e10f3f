export { asPrincipal } from './as-principal';
export { expectAccessMatrix } from './access-matrix';
export type {
  AccessMatrixOptions,
  AccessMatrixResult,
  MatrixCase,
  MatrixSkip,
  SkippedRoute,
} from './matrix-options';
export type { PrincipalWishes, SetsHeaders, TestHeaders, TestPrincipal } from './test-principal';
