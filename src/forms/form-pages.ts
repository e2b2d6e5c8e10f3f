import type { FormOptions } from '../options/form-options';

/** Token under which the pages that forms lead to are injected. It shares its name with the type. */
export const FormPages = Symbol('FormPages');

/** Where the form routes send a browser. */
export type FormPages = FormOptions;
