import type { AccessToken, Account as EngineAccount, Grant, KoaContextWithOIDC } from 'oidc-provider'
import { type Account, type Principal, principalIdOf } from '../accounts/index.ts'
import { detailsOfClaims } from '../details/index.ts'
import { type Consents, detailsForScopes } from '../scopes/index.ts'
import type { Group, GroupClient } from '../services/index.ts'
import { bindingOf, type GrantFence } from './grant-fence.ts'
import { isCurrent } from './principal.ts'
import { lacksKey } from './proof-of-key.ts'
import type { ScopeEnforcement } from './scope-enforcement.ts'
import type { OurSession } from './session-model.ts'
import type { SessionStore } from './session-store.ts'
import {
  endingsOf,
  type GrantBinding,
  isRevokedFor,
  type ResolvedSubject,
  type SubjectResolver,
} from './subject-resolver.ts'

/** A grant is the fence of everything issued under it (model M12): what it was made under travels in it. */
export type OurGrant = Grant & Omit<GrantBinding, 'principal'>

export const grantFields = ['account', 'epoch', 'credentialEpoch', 'browser', 'endings'] as const

export interface GrantsDeps {
  group: Group
  get: (clientId: string) => GroupClient | undefined
  subjects: SubjectResolver
  doors: ScopeEnforcement
  consents: Pick<Consents, 'find'>
  sessions: Pick<SessionStore, 'claimGrant'>
  fence: GrantFence
}

/** A request's answer to *who is this, here and now*, asked many times and read once. */
interface Present {
  /** undefined: nobody, or nobody any more. */
  subject?: ResolvedSubject
  /** Signed in, but nobody is there any more. */
  gone: boolean
  /** Signed in before the credentials that count now (P7, T2). */
  outlived: boolean
  /** What the session was given at this client before, whether it still stands or not. */
  grant?: OurGrant | undefined
}

/** Who asks in a session, and what for, where no page has to ask them first. */
interface Asking {
  session: OurSession
  client: GroupClient
  who: ResolvedSubject
  /** Granted by the gate. */
  asked: string[]
  before: OurGrant | undefined
}

export const createGrants = ({ group, get, subjects, doors, consents, sessions, fence }: GrantsDeps) => {
  const presents = new WeakMap<object, Promise<Present>>()
  const ofTokens = new WeakMap<object, ResolvedSubject>()
  const { isAllowed } = fence

  const present = (ctx: KoaContextWithOIDC): Promise<Present> => {
    const known = presents.get(ctx)
    if (known) return known
    const asked = look(ctx)
    presents.set(ctx, asked)
    return asked
  }

  const look = async (ctx: KoaContextWithOIDC): Promise<Present> => {
    const session = ctx.oidc.session as OurSession | undefined
    if (!session?.accountId) return { gone: false, outlived: false }
    const principal = await subjects.active(principalIdOf(session.accountId))
    if (!principal) return { gone: true, outlived: false }
    if (!isCurrent(session, principal)) return { gone: false, outlived: true }
    const client = ctx.oidc.client && get(ctx.oidc.client.clientId)
    if (!client) return { gone: false, outlived: false, subject: { principal } }
    const grantId = session.authorizations?.[client.client.id]?.grantId
    const grant = grantId ? ((await ctx.oidc.provider.Grant.find(grantId)) as OurGrant | undefined) : undefined
    const account = await accountIn(session, grant, client, principal)
    return { gone: false, outlived: false, subject: { principal, ...(account && { account }) }, grant }
  }

  /** A client that was here in this session before: its grant names the account, no link has to be looked up (M12). */
  const accountIn = async (
    session: OurSession,
    grant: OurGrant | undefined,
    client: GroupClient,
    principal: Principal,
  ) => {
    const isTheirs = grant?.accountId === session.accountId
    const held = grant && isTheirs ? await subjects.validateGrant(bindingOf(grant), principal) : undefined
    return held?.account ?? subjects.accountFor(principalIdOf(session.accountId!), client)
  }

  /** Its page had named all that these scopes have come to release; what it had not is told nobody before it is (U1). */
  const isNamed = async (client: GroupClient, account: Account, scopes: readonly string[]): Promise<boolean> => {
    const named = (await consents.find(account._id, client.client.id))?.fields
    const received = detailsOfClaims(group.companies.get(client.company)?.release.receives ?? [])
    return !named || detailsForScopes(scopes).every((field) => !received.includes(field) || named.includes(field))
  }

  const askedFor = (ctx: KoaContextWithOIDC, client: GroupClient): string[] =>
    doors.remaining(client, [...ctx.oidc.requestParamScopes])

  const askingOf = async (ctx: KoaContextWithOIDC): Promise<Asking | undefined> => {
    const session = ctx.oidc.session as OurSession
    const client = get(ctx.oidc.client!.clientId)
    const { subject: who, grant: before } = await present(ctx)
    if (!client || !who || !session.accountId) return undefined
    if (!who.account && !subjects.isPortal(client)) return undefined
    const asked = askedFor(ctx, client)
    if (who.account && !(await isAllowed(client, who.account, asked))) return undefined
    // Without it the library answers an object that belongs to no session yet.
    session.ensureClientContainer(client.client.id)
    return { session, client, who, asked, before }
  }

  /** In memory: whether it covers now what it did not before. */
  const widen = (ctx: KoaContextWithOIDC, grant: OurGrant, { asked }: Asking): boolean => {
    const before = JSON.stringify([grant.openid, grant.resources])
    grant.addOIDCScope(asked.filter((scope) => !group.apiScopes.has(scope)))
    grant.addOIDCClaims([...ctx.oidc.requestParamClaims])
    for (const [resource, server] of Object.entries(ctx.oidc.resourceServers ?? {}))
      grant.addResourceScope(
        resource,
        asked.filter((scope) => server.scopes.has(scope)),
      )
    return before !== JSON.stringify([grant.openid, grant.resources])
  }

  /** What was given is this person's at this account as both stand now. */
  const isSame = (found: OurGrant | undefined, { session, who }: Asking): found is OurGrant =>
    found !== undefined &&
    found.accountId === session.accountId &&
    found.account === who.account?._id &&
    found.epoch === who.account?.epoch &&
    found.credentialEpoch === session.credentialEpoch &&
    !(who.account && isRevokedFor(found, who.account))

  /** What the session itself says of it, for whoever ends it or tells of its end. */
  const note = ({ session, client, who }: Asking): void => {
    Object.assign(session.authorizationFor(client.client.id), {
      company: client.company,
      ...(who.account && { account: who.account._id }),
      sub: subjects.subjectFor(session.accountId!, client, who.account),
    })
  }

  /**
   * A grant lives as long as a session does at a client, made from the link or from the consent on record, so that
   * nobody is asked twice and each ending is its own (P7). undefined: a page has to ask first.
   */
  const loadExistingGrant = async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const asking = await askingOf(ctx)
    if (!asking) return undefined
    const grant = await grantOf(ctx, asking)
    note(asking)
    return grant
  }

  /** The same of a session that was given all of it before: nothing is written. undefined: something would be, or asked. */
  const standingGrant = async (ctx: KoaContextWithOIDC): Promise<OurGrant | undefined> => {
    const asking = await askingOf(ctx)
    if (!asking || !isSame(asking.before, asking) || widen(ctx, asking.before, asking)) return undefined
    note(asking)
    return asking.before
  }

  const grantOf = async (ctx: KoaContextWithOIDC, asking: Asking): Promise<OurGrant> => {
    const { provider } = ctx.oidc
    const { session, client, who, before } = asking
    const { id } = client.client
    const cover = async (grant: OurGrant): Promise<OurGrant> => {
      const isWider = widen(ctx, grant, asking)
      if (!grant.jti || isWider) await grant.save()
      return grant
    }
    if (isSame(before, asking)) return cover(before)

    const fresh = await cover(
      Object.assign(new provider.Grant({ accountId: session.accountId!, clientId: id }) as OurGrant, {
        ...(who.account && { account: who.account._id, epoch: who.account.epoch }),
        credentialEpoch: session.credentialEpoch,
        browser: session.browser,
        ...(who.account && { endings: endingsOf(who.account, session.browser) }),
      }),
    )
    let shared: OurGrant | undefined
    const { sid } = await sessions.claimGrant(
      session.uid,
      id,
      { grantId: fresh.jti, sid: session.sidFor(id) as string },
      async ({ grantId }) => {
        const found = (await provider.Grant.find(grantId)) as OurGrant | undefined
        shared = isSame(found, asking) ? found : undefined
        return shared !== undefined
      },
    )
    if (!shared) return fresh
    session.sidFor(id, sid)
    await fresh.destroy()
    return cover(shared)
  }

  /** Whom a token of this request is for, as long as its grant is good; the grant is narrowed to what is still allowed. */
  const ofToken = async (
    ctx: KoaContextWithOIDC,
    token: { kind?: string; grantId?: string; clientId?: string; accountId?: string; jkt?: string },
  ) => {
    const entity = ctx.oidc.entities.Grant
    const grant = (
      entity && entity.jti === token.grantId
        ? entity
        : token.grantId && (await ctx.oidc.provider.Grant.find(token.grantId))
    ) as OurGrant | undefined
    const held = grant && (await fence.ofToken(grant, token))
    if (!held || (token.kind === 'AccessToken' && lacksKey(held.client, token.jkt))) return undefined
    ofTokens.set(ctx, held)
    narrow(grant, held.client)
    return held
  }

  /** In memory only: when the policy grows back, so does the token (P6). */
  const narrow = (grant: OurGrant, client: GroupClient): void => {
    const openid = fence.lost(client, grant.getOIDCScope())
    if (openid.length > 0) grant.rejectOIDCScope(openid)
    for (const resource of Object.keys(grant.resources ?? {})) {
      const scopes = fence.lost(client, grant.getResourceScope(resource))
      if (scopes.length > 0) grant.rejectResourceScope(resource, scopes)
    }
  }

  /** With a token: who it is good for, or nobody. Without: whoever the session says; the checks look closer (P7). */
  const findAccount = async (
    ctx: KoaContextWithOIDC,
    id: string,
    token?: unknown,
  ): Promise<EngineAccount | undefined> => {
    if (!token) return { accountId: id, claims: async () => ({ sub: id }) }
    const held = await ofToken(ctx, token as AccessToken)
    if (!held) return undefined
    return {
      accountId: id,
      claims: async (_use, scope, named) => ({ sub: id, ...(await fence.claims(held, scope, named)) }),
    }
  }

  /** Never `client.sectorIdentifier`: the sector is the company (P1). Creates nothing, never throws. */
  const pairwiseIdentifier = async (
    ctx: KoaContextWithOIDC | undefined,
    principal: string,
    { clientId }: { clientId: string },
  ): Promise<string> => {
    const client = get(clientId)
    if (!client) return '-'
    const token = ctx && ofTokens.get(ctx)
    if (token) return subjects.subjectFor(principal, client, token.account)
    const { subject: who } = ctx ? await present(ctx) : { subject: undefined }
    const account = who ? who.account : await subjects.accountFor(principalIdOf(principal), client)
    return subjects.subjectFor(principal, client, account)
  }

  return {
    present,
    loadExistingGrant,
    standingGrant,
    isAllowed,
    isNamed,
    askedFor,
    ofToken,
    findAccount,
    pairwiseIdentifier,
  }
}

export type Grants = ReturnType<typeof createGrants>
