/** How the product's processes are started, by `npm start` and `npm run bench`; the Dockerfile says the same. */
import { join } from 'node:path'

/**
 * V8 otherwise lets the heap of a loaded provider grow to several times what lives in it. With these its memory was
 * about halved for less than a tenth more processor time (2026-11-24, `npm run bench`). New space has its size from the
 * beginning: V8 otherwise begins at 1 MB, and collects again and again what a start keeps (2026-11-30, docs/performance.md).
 * Old space is not looked through before it has what a start keeps; from then on it grows as before.
 */
export const heapFlags = [
  '--min-semi-space-size=4',
  '--max-semi-space-size=4',
  '--initial-old-space-size=40',
  '--heap-growing-percent=50',
]

export const nodeEnvironment = {
  /** What was compiled at one start is read at the next: a third less time to the first answer (2026-11-26). */
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/compiled'),
  /** npm installs no links: that no module is one need not be looked up at each import, an eighth of a start (2026-11-30). */
  NODE_PRESERVE_SYMLINKS: '1',
  /** The C library keeps freed memory for each thread that worked: a third less after a run (2026-11-26). */
  MALLOC_ARENA_MAX: '1',
}
