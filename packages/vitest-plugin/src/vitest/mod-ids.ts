/** Ids as Vite's module runner keys its graph. Without the core, which an idle worker does not load. */

/**
 * As Vite's graph has it, by its own `normalizeModuleId`: with drives (`C:/app/a.ts`) and forward slashes on Windows.
 *
 * Known gap: Vite takes one of the two slashes off a network path, so `\\server\share\a.ts` is `/server/share/a.ts`
 * there. It has to be the same here, or records would not be found; that such a file has changed is not seen.
 */
export function normalizeModId(id: string, isWindows = process.platform === 'win32'): string {
  if (!isWindows) return id.replace(/^\/@fs\//, '/').replace(/^file:\/+/, '/')
  return id
    .replaceAll('\\', '/')
    .replace(/^file:(?:\/\/(?=[^/])|\/{4,})/, '//')
    .replace(/^(?:\/@fs\/|file:\/+)/, '')
    .replace(/^\/+/, '/')
}
