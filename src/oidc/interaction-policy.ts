import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { Account } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { type DetailName, detailsOfClaims } from '../details/index.ts'
import type { PageContext } from '../http/index.ts'
import { digest } from '../lib/ids.ts'
import { notYetAsked } from '../links/index.ts'
import type { Group, GroupClient } from '../services/index.ts'
import type { Grants } from './grants.ts'
import { unknownClient } from './scope-enforcement.ts'
import type { OurSession } from './session-model.ts'
import type { SubjectResolver } from './subject-resolver.ts'

export interface PolicyDeps {
  get: (clientId: string) => GroupClient | undefined
  grants: Grants
  subjects: SubjectResolver
  group: Pick<Group, 'companies'>
  /** Whether a company holds this browser for misused. */
  isMarked: (company: CompanyId, browser: string) => Promise<boolean>
}

/** What every sign-in is held by: a password at this provider, whatever let somebody in this time (P14). */
export const passwordAcr = 'urn:unified-sign-in:acr:password'

const unmetAcr = 'an essential acr must be one of those in acr_values_supported (OpenID Connect Core 1.0, 5.5.1.1)'

/**
 * What let them in (`amr`, RFC 8176): their password, or a code sent to their mailbox, by which they chose one. Never both:
 * a password that was chosen just now proves nothing, and two would be read as two factors.
 */
export type ProofMethod = 'pwd' | 'otp'

/**
 * With `prompt=none` every check gives the answer for nobody at all: a service that could tell *nobody* from *somebody,
 * not linked here* would know who else is a customer of the group (P4, T19).
 */
const silentError = 'login_required'
const silentDescription = 'End-User authentication is required'

export const chooserPrompt = 'select_account'

const { Check, Prompt, base } = interactionPolicy
type Ask = (ctx: KoaContextWithOIDC) => boolean | Promise<boolean>
const check = (reason: string, ask: Ask) => new Check(reason, silentDescription, silentError, ask)

/** login → select_account → link → consent, each asked only when the one before has nothing to ask. */
export const createPolicy = ({ get, grants, subjects, group, isMarked }: PolicyDeps) => {
  /** What a company asks for beyond what its account's person agreed to, and has not asked them yet. */
  const asksFor = (account: Account): readonly DetailName[] => {
    const company = group.companies.get(account.company)
    return company ? notYetAsked(account, detailsOfClaims(company.release.receives)) : []
  }
  const clientOf = (ctx: KoaContextWithOIDC) => get(ctx.oidc.client?.clientId ?? '')
  const isDevice = (ctx: KoaContextWithOIDC) => /^(code|device)_/.test(ctx.oidc.route)

  const login = base().get('login')!
  login.checks.remove('essential_acr')
  login.checks.remove('essential_acrs')
  login.checks.add(
    check('unknown_client', (ctx) => {
      // Taken out of the configuration, or suspended: nobody is asked anything on its behalf (P11).
      if (!clientOf(ctx)) throw unknownClient()
      return false
    }),
    0,
  )
  login.checks.add(
    check('misused_device', async (ctx) => {
      const client = clientOf(ctx)
      const session = ctx.oidc.session as OurSession | undefined
      // Marking it ended what it had here: a client that is still in the session was not in reach of any mark.
      if (!client || subjects.isPortal(client) || session?.authorizations?.[client.client.id]?.grantId) return false
      const { knownBrowser } = (ctx as unknown as PageContext).page
      const browser = session?.browser ?? (knownBrowser && digest(knownBrowser))
      if (browser && (await isMarked(client.company, browser)))
        throw new errors.AccessDenied(refusedDescription, 'the company holds this browser for misused')
      return false
    }),
    1,
  )
  login.checks.add(
    check('unmet_acr', (ctx) => {
      const asked = ctx.oidc.claims.id_token?.acr
      const values = asked?.value ? [asked.value] : asked?.values
      // Asking for the password again would not give what is not there.
      if (asked?.essential && values && !values.includes(passwordAcr))
        throw new errors.UnmetAuthenticationRequirements(unmetAcr)
      return false
    }),
  )
  login.checks.add(check('person_gone', async (ctx) => (await grants.present(ctx)).gone))
  login.checks.add(check('epoch', async (ctx) => (await grants.present(ctx)).outlived))
  login.checks.add(
    check('other_company', async (ctx) => {
      const client = clientOf(ctx)
      const { subject: who } = await grants.present(ctx)
      // A separate account signs in at its own company and at the account pages, nowhere else.
      if (!client || !who?.principal.company || subjects.isPortal(client)) return false
      return who.principal.company !== client.company
    }),
  )
  login.checks.add(
    check('another_subject', async (ctx) => {
      // Whom the request names answers, or nobody does (OIDC Core §3.1.2.1, §5.5.1). The library looks at a hint only
      // when the request comes in, and would ask whoever else proved themselves again and again (R8).
      const key = ctx.oidc.session?.accountId
      const named = await subjectsNamed(ctx)
      if (!key || !ctx.oidc.client || named.length === 0) return false
      const subject = await grants.pairwiseIdentifier(ctx, key, ctx.oidc.client)
      if (named.every((each) => each === subject)) return false
      if (ctx.oidc.result) throw new errors.LoginRequired(silentDescription)
      return true
    }),
  )
  answerAlike(login)

  // Who it is to be is asked of whoever is signed in; a sign-in answers it as well (OIDC Core 3.1.2.1).
  const choose = new Prompt({ name: chooserPrompt, requestable: true })

  const link = new Prompt(
    { name: 'link', requestable: false },
    check('misused', async (ctx) => {
      // Its company holds the account or this browser for misused: to services that is a refusal like any other (P4).
      const account = (await grants.present(ctx)).subject?.account
      const { browser } = ctx.oidc.session as OurSession
      const wasEnded = browser !== undefined && account?.endedBrowsers?.[browser] !== undefined
      if (account?.fraud || (account && wasEnded && (await isMarked(account.company, browser))))
        throw new errors.AccessDenied(refusedDescription, 'the company holds the account or this browser for misused')
      return false
    }),
    check('no_link', async (ctx) => {
      const client = clientOf(ctx)
      const { subject: who } = await grants.present(ctx)
      if (!client || !who || who.account || subjects.isPortal(client)) return false
      if (!isDevice(ctx)) return true
      // Whoever sent the code chose the account's company for them: linking needs a page of their own (T13, T20). The code
      // waits, and can be allowed once that is done (H19).
      ctx.state.unlinked = client.company
      throw new errors.AccessDenied(refusedDescription, 'not linked at this company; a device links nothing')
    }),
    check('offer_link', async (ctx) => {
      const client = clientOf(ctx)
      const { subject: who } = await grants.present(ctx)
      if (!client || !who?.account || !who.principal.isOfferedLink || isDevice(ctx) || ctx.oidc.promptPending('none'))
        return false
      return !ctx.oidc.result?.link
    }),
    check('ask_more', async (ctx) => {
      // Shown and answered once on the way to a service; whoever waits at a television, or behind one, is not asked.
      const { subject: who } = await grants.present(ctx)
      if (!who?.account?.link || isDevice(ctx) || ctx.oidc.promptPending('none')) return false
      return !ctx.oidc.result?.link && asksFor(who.account).length > 0
    }),
  )

  const consent = new Prompt(
    { name: 'consent', requestable: true },
    check('consent_missing', async (ctx) => {
      const client = clientOf(ctx)
      const { subject: who } = await grants.present(ctx)
      if (!client?.partner || !who?.account) return false
      const asked = grants.askedFor(ctx, client)
      if (!(await grants.isAllowed(client, who.account, asked))) return true
      // Answered a moment ago: what its company's policy has come to release since is asked for at the next sign-in.
      const { result } = ctx.oidc
      return !result?.consent && !result?.link && !(await grants.isNamed(client, who.account, asked))
    }),
    check('native_client_prompt', (ctx) => {
      // Any app can claim a custom scheme; with a claimed https address the system vouches for it (P14, RFC 8252 §8.6).
      const uri = ctx.oidc.params?.redirect_uri
      const isClaimed = typeof uri !== 'string' || /^https?:/.test(uri)
      return !isClaimed && !ctx.oidc.result?.consent && !ctx.oidc.result?.login
    }),
  )
  answerAlike(consent)

  const policy = base()
  policy.clear()
  policy.add(login)
  policy.add(choose)
  policy.add(link)
  policy.add(consent)
  return policy
}

/** To a client every check gives the answer for nobody; which one it was is for the log (P4, R4). */
const answerAlike = (prompt: InstanceType<typeof Prompt>): void => {
  for (const one of prompt.checks) {
    const ask = one.check
    const check: typeof ask = async (ctx) => {
      const asks = await ask(ctx)
      if (asks) ctx.state.unmet = [...((ctx.state.unmet as string[] | undefined) ?? []), one.reason]
      return asks
    }
    Object.assign(one, { error: silentError, description: silentDescription, check })
  }
}

/** Whom a request wants to hear of and nobody else; a hint that is no token of ours for this client names nobody's subject. */
const subjectsNamed = async (ctx: KoaContextWithOIDC): Promise<unknown[]> => {
  const { claims, client, params, provider } = ctx.oidc
  const wanted = claims?.id_token?.sub
  const hint = params?.id_token_hint
  const named: unknown[] = wanted?.value === undefined ? [] : [wanted.value]
  if (typeof hint !== 'string' || !client) return named
  const token = await provider.IdToken.validate(hint, client).catch(() => undefined)
  return [...named, token?.payload.sub]
}

/** *Not now*, cancelled, refused by a policy: services learn no more than that (P4). */
export const refusedDescription = 'The request was not approved.'
