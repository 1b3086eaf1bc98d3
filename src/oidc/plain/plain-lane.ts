import type { IncomingMessage } from 'node:http'
import type { PlainAnswer, Plainly } from '../../http/index.ts'
import { routes } from '../routes.ts'
import { createPlainAuthorise, type PlainAuthoriseDeps } from './authorise.ts'
import { createPlainIntrospection, type PlainIntrospectionDeps } from './introspection.ts'
import { createPlainTokens, isPlainClient, type PlainTokensDeps } from './plain-tokens.ts'
import { authorisationOf } from './read-authorise.ts'
import { askedAbout, basicOf, bearerOf } from './read-plain.ts'
import { createPlainUserinfo, type PlainUserinfoDeps } from './userinfo.ts'

export interface PlainLaneDeps extends PlainTokensDeps, PlainUserinfoDeps, PlainIntrospectionDeps, PlainAuthoriseDeps {
  subjects: PlainUserinfoDeps['subjects'] & PlainIntrospectionDeps['subjects']
  doors: PlainIntrospectionDeps['doors'] & PlainAuthoriseDeps['doors']
}

/** As the library has them where no origin is named. */
const headers = {
  Vary: 'Origin',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'WWW-Authenticate',
}

/** Answers what is plainly good without the library, word for word as it would: `README.md` says what, and why. */
export const createPlainLane = (deps: PlainLaneDeps): Plainly => {
  const tokens = createPlainTokens(deps)
  const userinfo = createPlainUserinfo(deps)
  const introspection = createPlainIntrospection(deps)
  const authorise = createPlainAuthorise(deps)
  const sessionCookie = deps.provider().cookieName('session')

  const isProven = async (id: string, secret: string): Promise<boolean> => {
    if (!isPlainClient(deps.get(id))) return false
    const client = await deps.provider().Client.find(id)
    return (
      client?.clientAuthMethod === 'client_secret_basic' &&
      !client.clientSecretExpiresAt &&
      client.compareClientSecret(secret)
    )
  }

  const told = async (value: string): Promise<PlainAnswer | undefined> => {
    const found = await tokens.find(value)
    const body = found && (await userinfo(found))
    return body && { headers, body }
  }

  const answered = async (
    request: IncomingMessage,
    { id, secret }: { id: string; secret: string },
  ): Promise<PlainAnswer | undefined> => {
    const value = (await isProven(id, secret)) ? await askedAbout(request) : undefined
    const found = value && (await tokens.find(value))
    const body = found ? introspection(id, found) : undefined
    if (body) request.resume()
    return body && { headers, body }
  }

  // What fails here fails for the library as well, which tells of it.
  const handOn = () => undefined

  return (request) => {
    const value = bearerOf(request, routes.userinfo)
    if (value) return told(value).catch(handOn)
    const authorisation = authorisationOf(request, routes.authorization, sessionCookie)
    if (authorisation) return authorise(request, authorisation).catch(handOn)
    const asker = basicOf(request, routes.introspection)
    return asker && answered(request, asker).catch(handOn)
  }
}
