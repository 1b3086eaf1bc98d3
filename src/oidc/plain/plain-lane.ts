import type { IncomingMessage } from 'node:http'
import { arrivedBody, type PlainAnswer, type Plainly } from '../../http/index.ts'
import { routes } from '../routes.ts'
import { createPlainAuthorise, type PlainAuthoriseDeps } from './authorise.ts'
import { createPlainIntrospection, type PlainIntrospectionDeps } from './introspection.ts'
import { createPlainTokens, isPlainClient, type PlainTokensDeps } from './plain-tokens.ts'
import { authorisationOf } from './read-authorise.ts'
import { type Asker, askedAbout, basicOf, bearerOf, redeemedBy } from './read-plain.ts'
import { createPlainRedemption, type PlainRedemptionDeps, type Redeemer } from './redemption.ts'
import { createPlainUserinfo, type PlainUserinfoDeps } from './userinfo.ts'

export interface PlainLaneDeps
  extends PlainTokensDeps,
    PlainUserinfoDeps,
    Omit<PlainIntrospectionDeps, 'doors'>,
    Omit<PlainAuthoriseDeps, 'doors' | 'refreshTokens'>,
    PlainRedemptionDeps {
  fence: PlainTokensDeps['fence']
  subjects: PlainUserinfoDeps['subjects'] & PlainIntrospectionDeps['subjects']
  refreshTokens: PlainAuthoriseDeps['refreshTokens'] & PlainRedemptionDeps['refreshTokens']
  doors: PlainIntrospectionDeps['doors'] & PlainAuthoriseDeps['doors'] & PlainRedemptionDeps['doors']
  /** Where it is noted when a request was first looked at: whoever is refused is answered after the same while (P4). */
  lookedAt: Pick<WeakMap<IncomingMessage, number>, 'set'>
  /** What was met after something had been written: the library tells of it, and does nothing again. */
  halt: (request: IncomingMessage, error: unknown) => void
}

/** Bytes of a form. */
const longestQuestion = 256
const longestRedemption = 1024

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
  const redeem = createPlainRedemption(deps, tokens)
  const authorise = createPlainAuthorise(deps)
  const sessionCookie = deps.provider().cookieName('session')

  const proven = async ({ id, secret }: Asker): Promise<Redeemer | undefined> => {
    const known = deps.get(id)
    if (!isPlainClient(known)) return undefined
    const client = await deps.provider().Client.find(id)
    const isProven =
      client?.clientAuthMethod === 'client_secret_basic' &&
      !client.clientSecretExpiresAt &&
      client.compareClientSecret(secret)
    return isProven ? { known, client } : undefined
  }

  const told = async (value: string): Promise<PlainAnswer | undefined> => {
    const found = await tokens.find(value)
    const body = found && (await userinfo(found))
    return body && { headers, body }
  }

  const answered = async (request: IncomingMessage, asker: Asker): Promise<PlainAnswer | undefined> => {
    const form = (await proven(asker)) && (await arrivedBody(request))
    const value = form && askedAbout(form)
    const found = value && (await tokens.find(value))
    const body = found ? introspection(asker.id, found) : undefined
    if (body) request.resume()
    return body && { headers, body }
  }

  const redeemed = async (request: IncomingMessage, asker: Asker): Promise<PlainAnswer | undefined> => {
    const redeemer = await proven(asker)
    const form = redeemer && (await arrivedBody(request))
    const asked = form && redeemedBy(form)
    const made = asked ? await redeem(redeemer, asked) : undefined
    if (!made) return undefined
    try {
      await made.write()
    } catch (error) {
      deps.halt(request, error)
      return undefined
    }
    request.resume()
    return { headers: { ...headers, 'Cache-Control': 'no-store' }, body: made.body }
  }

  // What fails here fails for the library as well, which tells of it.
  const handOn = () => undefined

  return (request) => {
    const value = bearerOf(request, routes.userinfo)
    if (value) return told(value).catch(handOn)
    // Before its cookies are: nobody's while is counted from where somebody's is.
    if (request.url?.startsWith(routes.authorization)) deps.lookedAt.set(request, performance.now())
    const authorisation = authorisationOf(request, routes.authorization, sessionCookie)
    if (authorisation) return authorise(request, authorisation).catch(handOn)
    const asker = basicOf(request, routes.introspection, longestQuestion)
    if (asker) return answered(request, asker).catch(handOn)
    const redeemer = basicOf(request, routes.token, longestRedemption)
    return redeemer && redeemed(request, redeemer).catch(handOn)
  }
}
