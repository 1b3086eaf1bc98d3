import type { IncomingMessage } from 'node:http'

const bearer = /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/
/** Whatever else they ask for is for whoever knows what they mean. */
const asksForMore = ['dpop', 'transfer-encoding', 'content-encoding', 'expect']

/** With a signed token, and nothing beside it that another answer would depend on. */
export const asksPlainly = ({ headers }: IncomingMessage): boolean =>
  bearer.test(headers.authorization ?? '') && !asksForMore.some((name) => headers[name] !== undefined)

/** As the guard looks at a request. Nothing is set for whoever is refused: the row does so. */
export const shownBy = ({ method = '', url: path = '', headers }: IncomingMessage) => ({
  get: (name: string) => (name === 'Authorization' ? (headers.authorization ?? '') : ''),
  set: () => {},
  method,
  path,
})
