/** Characters of one parameter that a request is begun with; the others have `otherwise`. */
const most: Record<string, number> = {
  // What a service keeps of its own goes round in it: some seal a whole page's state into it.
  state: 4096,
  claims: 4096,
  id_token_hint: 4096,
  redirect_uri: 2048,
  scope: 1024,
  resource: 1024,
  login_hint: 320,
}
const otherwise = 512
/** Of all of them: what is begun is kept until it is finished or runs out (H7). */
const mostTogether = 8192

/** The parameter that is longer than it may be, or `request` where they are together; undefined when all is well. */
export const tooLongParameter = (params: Readonly<Record<string, unknown>>): string | undefined => {
  let together = 0
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue
    const { length } = typeof value === 'string' ? value : JSON.stringify(value)
    if (length > (most[name] ?? otherwise)) return name
    together += length
  }
  return together > mostTogether ? 'request' : undefined
}
