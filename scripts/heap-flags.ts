/**
 * V8 otherwise lets the heap of a loaded provider grow to several times what lives in it. With these its memory was
 * about halved for less than a tenth more processor time (2026-11-24, `npm run bench`). The Dockerfile starts it with the same.
 */
export const heapFlags = ['--max-semi-space-size=8', '--heap-growing-percent=50']
