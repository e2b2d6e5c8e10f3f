import { relative } from 'node:path';

/**
 * The file whose exports hold a class, relative to the working directory. It searches every loaded
 * CommonJS module, so it is for error messages. Undefined for classes that are not exported, that come
 * from a package, or that were loaded as ES modules, of which Node keeps no such list.
 */
export function fileOfClass(type: unknown): string | undefined {
  for (const module of Object.values(require.cache)) {
    if (module === undefined || /[\\/]node_modules[\\/]/.test(module.filename)) continue;
    if (exportsClass(module.exports, type)) return relative(process.cwd(), module.filename);
  }
  return undefined;
}

function exportsClass(exported: unknown, type: unknown): boolean {
  if (exported === type) return true;
  if (typeof exported !== 'object' || exported === null) return false;
  try {
    return Object.values(exported).includes(type);
  } catch {
    // An export may be a getter, and that may throw while its module is only half loaded.
    return false;
  }
}
