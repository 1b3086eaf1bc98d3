/**
 * Whether who asks holds this very version (RFC 9110 §13.1.2, compared weakly). A `Cache-Control` of the request is for
 * caches on the way: `fetch` sends `no-cache` with every tag of its own, and would never be told that nothing changed.
 */
export const isUnchanged = (ctx: { get: (header: string) => string }, tag: string): boolean => {
  const bare = (each: string) => each.trim().replace(/^W\//, '')
  return ctx
    .get('if-none-match')
    .split(',')
    .some((each) => each.trim() === '*' || bare(each) === bare(tag))
}
