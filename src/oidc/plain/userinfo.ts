import { claimsByScope } from '../configuration.ts'
import type { GrantFence } from '../grant-fence.ts'
import type { SubjectResolver } from '../subject-resolver.ts'
import type { PlainToken } from './plain-tokens.ts'

export interface PlainUserinfoDeps {
  fence: GrantFence
  subjects: Pick<SubjectResolver, 'subjectFor'>
}

/** What a token for userinfo alone tells of its person, in the library's order; undefined where it is not plain. */
export const createPlainUserinfo =
  ({ fence, subjects }: PlainUserinfoDeps) =>
  async ({ token, grant, held }: PlainToken): Promise<Record<string, unknown> | undefined> => {
    const scopes = token.scope.split(' ')
    const { scope, claims } = grant.openid ?? {}
    if (token.aud !== undefined || !scopes.includes('openid') || typeof scope !== 'string') return undefined
    // Asked for one by one.
    if (claims?.length) return undefined
    const granted = scope.split(' ').filter((each) => scopes.includes(each))
    const known: Record<string, unknown> = {
      ...(await fence.claims(held, granted.join(' '))),
      sub: subjects.subjectFor(token.accountId, held.client, held.account),
    }
    const told = new Set(granted.flatMap((each) => claimsByScope[each] ?? []))
    return Object.fromEntries(
      [...told].filter((claim) => Object.hasOwn(known, claim)).map((each) => [each, known[each]]),
    )
  }
