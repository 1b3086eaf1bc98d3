import type { Account } from '../accounts/index.ts'
import type { DetailName } from '../details/index.ts'
import { type Consents, claimsFor, scopesCarrying } from '../scopes/index.ts'
import type { Group, GroupClient } from '../services/index.ts'
import type { ScopeEnforcement } from './scope-enforcement.ts'
import type { GrantBinding, ResolvedSubject, SubjectResolver } from './subject-resolver.ts'

export interface GrantFenceDeps {
  group: Pick<Group, 'companies'>
  get: (clientId: string) => GroupClient | undefined
  subjects: Pick<SubjectResolver, 'validateGrant' | 'isPortal'>
  doors: Pick<ScopeEnforcement, 'allowed' | 'remaining'>
  consents: Pick<Consents, 'find'>
}

/** What of a grant says whether it still stands; the library's entity has it, and so has what is stored. */
export interface GrantedTo extends Omit<GrantBinding, 'principal'> {
  accountId?: string | undefined
  clientId?: string | undefined
}

/** What of a token is held against its grant. */
export interface IssuedUnder {
  accountId?: string | undefined
  clientId?: string | undefined
}

export const bindingOf = (grant: GrantedTo): GrantBinding => ({
  principal: grant.accountId!,
  account: grant.account,
  epoch: grant.epoch,
  credentialEpoch: grant.credentialEpoch,
  browser: grant.browser,
  endings: grant.endings,
})

/**
 * Whether what was granted still stands, and what it lets a client be told: the fences of every token (M12, P6), asked by
 * the library's hooks and by the plain lane alike.
 */
export const createGrantFence = ({ group, get, subjects, doors, consents }: GrantFenceDeps) => {
  /** What a partner application was allowed covers what it asks for; first-party clients stand under the link. */
  const isAllowed = async (client: GroupClient, account: Account, scopes: readonly string[]): Promise<boolean> => {
    if (!client.partner) return true
    const consent = await consents.find(account._id, client.client.id)
    return consent !== undefined && scopes.every((scope) => scope === 'openid' || consent.scopes.includes(scope))
  }

  /** What the page said that it gets, read when it is told: a partner that is allowed nothing is told nothing (U1). */
  const allowedTo = async (client: GroupClient, account: Account): Promise<{ allowed?: readonly DetailName[] }> => {
    if (!client.partner) return {}
    const consent = await consents.find(account._id, client.client.id)
    if (!consent) return { allowed: [] }
    return consent.fields ? { allowed: consent.fields } : {}
  }

  /**
   * Single claims of the `claims` parameter stand beside the scopes (OIDC Core 5.5), inside the same gate. A partner
   * application was allowed scopes by name, and gets nothing beside them.
   */
  const namedScopes = (client: GroupClient, named: Record<string, unknown>): string[] =>
    client.partner || Object.keys(named).length === 0 ? [] : doors.remaining(client, scopesCarrying(Object.keys(named)))

  return {
    isAllowed,

    /** Whom a token is for, while the grant that it was issued under is good in every respect (M12); else undefined. */
    ofToken: async (
      grant: GrantedTo,
      token: IssuedUnder,
    ): Promise<(ResolvedSubject & { client: GroupClient }) | undefined> => {
      const client = grant.clientId ? get(grant.clientId) : undefined
      if (!client || grant.accountId !== token.accountId || grant.clientId !== token.clientId) return undefined
      const who = await subjects.validateGrant(bindingOf(grant))
      if (!who || (!who.account && !subjects.isPortal(client))) return undefined
      // Withdrawn: whatever is still about of it is dead from that write on.
      if (who.account && !(await isAllowed(client, who.account, []))) return undefined
      return { ...who, client }
    },

    /** What of these scopes the client's policy has lost since. */
    lost: (client: GroupClient, scopes: string): string[] => {
      const allowed = doors.allowed(client)
      return scopes.split(' ').filter((scope) => scope !== '' && !allowed.includes(scope))
    },

    /** What a client is told of whoever a token is for, beside the subject: `named` are single claims it asked for. */
    claims: async (
      { account, principal, client }: ResolvedSubject & { client: GroupClient },
      scope: string,
      named: Record<string, unknown> = {},
    ) => {
      const company = group.companies.get(client.company)
      return (
        account &&
        company &&
        claimsFor({
          account,
          company,
          holder: principal,
          scopes: [...doors.remaining(client, scope.split(' ')), ...namedScopes(client, named)],
          ...(await allowedTo(client, account)),
        })
      )
    },
  }
}

export type GrantFence = ReturnType<typeof createGrantFence>
