import { trusted } from './schema.ts'

/** The first text after all that begin so. */
const endOf = (start: string): string =>
  start.slice(0, -1) + String.fromCharCode(start.charCodeAt(start.length - 1) + 1)

/**
 * Filter for the documents whose `_id` begins so: one range of the primary key (model M14). `start` ends in its separator,
 * which no part of a key holds, so that `acme:7` never means `acme:7:12`. `from` and `after` narrow the range at its
 * beginning (with and without that very key), `before` at its end.
 */
export const prefix = (
  start: string,
  { from, after, before }: { from?: string; after?: string; before?: string } = {},
) => ({
  _id: trusted({ ...(after ? { $gt: after } : { $gte: from ?? start }), $lt: before ?? endOf(start) }),
})
