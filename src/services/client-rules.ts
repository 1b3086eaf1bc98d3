import type { ConfigIssueAt } from '../lib/config-issues.ts'
import { type AddressContext, endpointIssue, redirectIssue } from './address-rules.ts'
import type { ReadClient } from './declaration.ts'
import type { Group } from './group.ts'

export type Path = (string | number)[]

export const atPlace = (path: Path, wrong: string | undefined, value: string): ConfigIssueAt[] =>
  wrong ? [{ path, says: `"${value}" ${wrong}` }] : []

/**
 * A profile is all of its settings: FAPI 2.0 Security Profile §5.3.2 asks for pushed requests, tokens that are bound to
 * a key, and refresh tokens that stay the same.
 */
export const withProfile = <T extends ReadClient>(client: T): T =>
  client.profile === 'fapi2'
    ? { ...client, requirePushedAuthorizationRequests: true, requireDpop: true, keepsRefreshToken: true }
    : client

/** What a client's entry lets it do that no other client may: told at the start and by `check-config` (O13). */
export const clientExemptions = ({ clients }: Pick<Group, 'clients'>): { client: string; exempt: string }[] =>
  [...clients.values()]
    .filter(({ client }) => client.withoutPkce)
    .map(({ client }) => ({ client: client.id, exempt: 'PKCE' }))

/** What a client demands of its addresses, its proof and its exemptions. */
export const clientIssues = (client: ReadClient, path: Path, context: AddressContext): ConfigIssueAt[] => {
  const issues: ConfigIssueAt[] = []
  const say: Say = (key, says) => issues.push({ path: [...path, key], says })
  proofIssues(client, context, say)
  exemptionIssues(client, say)
  if (client.profile === 'fapi2') profileIssues(client, say)
  const ofAddresses = addressIssues(client, path, context, say)
  return [...issues, ...ofAddresses]
}

type Say = (key: string, says: string) => void

/** Public: nothing of it is secret. A part that could not be read may be either. */
const isPublic = (client: ReadClient): boolean => !('secret' in client) && !('jwksUri' in client)

const proofIssues = (client: ReadClient, { production }: AddressContext, say: Say): void => {
  const { kind, secret, jwksUri } = client
  if (secret && jwksUri) say('jwksUri', 'stands beside a secret: write one of the two')
  if (kind === 'machine' && isPublic(client)) say('secret', 'is missing for a machine: write secret or jwksUri')
  if (kind === 'web' && isPublic(client))
    say(
      'secret',
      'is missing for a site, which would make it public: write secret or jwksUri; what runs on people’s devices is native',
    )
  if (kind === 'native' && secret) say('secret', 'would be in every copy of a native app (RFC 8252 §8.5): leave it out')
  if (production && secret && 'development' in secret)
    say('secret', 'is for development, which production refuses: write env: NAME or file: PATH')
}

const exemptionIssues = (client: ReadClient, say: Say): void => {
  const { kind, withoutPkce, keepsRefreshToken, requireDpop } = client
  if (withoutPkce && (isPublic(client) || kind !== 'web'))
    say('withoutPkce', 'is for a site with a secret or keys of its own: take it out (RFC 9700 §2.1.1)')
  if (keepsRefreshToken && isPublic(client) && !requireDpop)
    say('keepsRefreshToken', 'is for a client that proves itself: write requireDpop: true beside it, or take it out')
  if (keepsRefreshToken && client.retriesRefresh)
    say('retriesRefresh', 'says nothing where the refresh token stays the same: take it out')
}

const profileIssues = (client: ReadClient, say: Say): void => {
  const { kind, secret, withoutPkce, idTokenAlgorithm } = client
  if (secret || isPublic(client)) say('profile', 'fapi2 is for clients with keys of their own: write jwksUri alone')
  if (kind === 'native' || kind === 'device') say('profile', `fapi2 is not for a ${kind} client: take it out`)
  if (withoutPkce) say('withoutPkce', 'is against the profile fapi2: take it out')
  if (idTokenAlgorithm === 'RS256') say('idTokenAlgorithm', 'is against the profile fapi2: write ES256')
}

const addressIssues = (client: ReadClient, path: Path, context: AddressContext, say: Say): ConfigIssueAt[] => {
  const { kind, redirectUris, backchannelLogoutUri, jwksUri } = client
  const issues: ConfigIssueAt[] = []
  const lint = (key: string, address: string, wrong: string | undefined, i?: number) => {
    issues.push(...atPlace(i === undefined ? [...path, key] : [...path, key, i], wrong, address))
  }
  if (kind) {
    const sendsBrowsers = kind === 'web' || kind === 'native'
    if (sendsBrowsers && redirectUris?.length === 0) say('redirectUris', 'is missing: write where people come back to')
    if (!sendsBrowsers && redirectUris && redirectUris.length > 0)
      say('redirectUris', `is never used by a ${kind} client: leave it out`)
    for (const key of ['redirectUris', 'postLogoutRedirectUris'] as const)
      for (const [i, each] of (client[key] ?? []).entries()) lint(key, each, redirectIssue(each, kind, context), i)
  }
  if (backchannelLogoutUri)
    lint('backchannelLogoutUri', backchannelLogoutUri, endpointIssue(backchannelLogoutUri, context))
  if (jwksUri) lint('jwksUri', jwksUri, endpointIssue(jwksUri, context))
  return issues
}
