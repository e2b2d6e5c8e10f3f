export {
  accessConformance,
  type ConformanceAnswer,
  type ConformanceCase,
  type ConformanceHost,
  type RunningConformanceHost,
} from './access-conformance';
export { expectAccessMatrix } from './access-matrix';
export { asPrincipal } from './as-principal';
export { decorateHandler, type ConformanceSubject } from './conformance-subjects';
export type {
  AccessMatrixOptions,
  AccessMatrixResult,
  MatrixCase,
  MatrixSkip,
  SkippedRoute,
} from './matrix-options';
export type { PrincipalWishes, SetsHeaders, TestHeaders, TestPrincipal } from './test-principal';
