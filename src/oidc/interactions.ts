import type { Context } from 'koa'
import type { Interaction, InteractionResults, Provider } from 'oidc-provider'
import { principalIdOf, principalKey, rawIdOf, samePrincipal } from '../accounts/index.ts'
import type { PageContext } from '../http/index.ts'
import { askedBySignedIn } from '../lib/browser-binding.ts'
import { epochSeconds, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Group, GroupClient } from '../services/index.ts'
import { chooserPrompt, passwordAcr, refusedDescription } from './interaction-policy.ts'
import type { InteractionResult, SignInInteraction } from './oidc.ts'
import type { ScopeEnforcement } from './scope-enforcement.ts'
import type { SessionStore } from './session-store.ts'
import type { SessionTermination } from './session-termination.ts'
import type { SubjectResolver } from './subject-resolver.ts'
import type { WaysBack } from './ways-back.ts'

export interface InteractionsDeps {
  provider: () => Provider
  group: Group
  get: (clientId: string) => GroupClient | undefined
  doors: ScopeEnforcement
  subjects: SubjectResolver
  sessions: SessionStore
  endings: SessionTermination
  waysBack: WaysBack
}

const reauthentication = new Set(['max_age', 'login_prompt'])

/** What the sign-in pages read and answer. */
export const createInteractions = (deps: InteractionsDeps) => {
  const { group, get, doors, subjects, sessions, endings } = deps

  const nameTheService = (ctx: PageContext): void => {
    const way = deps.waysBack.ofPage(ctx)
    if (way) ctx.page.wayBack = way
  }

  /** Bound to its own cookie: a link made by somebody else opens nothing here (CVE-2026-7507). */
  const load = async (ctx: PageContext): Promise<Interaction> => {
    const provider = deps.provider()
    const [, , uid = ''] = (ctx as unknown as Context).path.split('/')
    nameTheService(ctx)
    const { cookies } = provider.createContext(ctx.req, ctx.res)
    const isOurs = cookies.get(provider.cookieName('interaction'), { signed: true }) === uid
    const found = isOurs ? await provider.Interaction.find(uid) : undefined
    if (!found) throw new AppError('gone', 'interaction-expired')
    ctx.page.wayBack = deps.waysBack.onward(ctx, uid, String(found.params.client_id))
    return found
  }

  /** Whoever was signed in when it began is signed out, or is somebody else now. */
  const isLeftOver = async ({ session }: Interaction): Promise<boolean> => {
    if (!session) return false
    const stored = await sessions.get(session.uid)
    if (stored?.principal !== session.accountId) return true
    const id = rawIdOf(principalIdOf(session.accountId))
    // A session that says nothing of it was proven under nothing that still stands.
    askedBySignedIn({ id, credentialEpoch: stored.credentialEpoch ?? -1 })
    return false
  }

  /** As for nobody: what was answered before was answered for somebody else. */
  const beginAnew = async (found: Interaction): Promise<void> => {
    found.session = undefined
    found.prompt = { name: 'login', reasons: ['no_session'], details: {} }
    found.lastSubmission = undefined
    await found.persist()
  }

  const presented = (found: Interaction): SignInInteraction => {
    const { params, prompt, session } = found
    const clientId = String(params.client_id)
    const client = get(clientId)
    if (!client) throw new AppError('gone', 'interaction-expired')
    const company = group.companies.get(client.company)
    const principal = session ? principalIdOf(session.accountId) : undefined
    const again = prompt.name === 'login' && prompt.reasons.some((reason) => reauthentication.has(reason))
    const mayStay = prompt.name === chooserPrompt && principal !== undefined
    const isDead = prompt.reasons.some((reason) => ['person_gone', 'epoch', 'other_company'].includes(reason))
    const { proven, strong } = (found.lastSubmission ?? {}) as { proven?: unknown; strong?: unknown }
    const asked = typeof params.scope === 'string' ? params.scope.split(' ') : []
    return {
      uid: found.uid,
      prompt: mayStay ? 'login' : (prompt.name as SignInInteraction['prompt']),
      mayStay,
      reasons: prompt.reasons,
      clientId,
      client,
      ...(company && { company }),
      ...(client.service && { service: client.service }),
      ...(client.partner && { partner: client.partner }),
      scopes: doors.remaining(client, asked),
      ...(principal && { principal }),
      ...(typeof proven === 'string' && { proven }),
      ...(strong === true && { strong }),
      ...(again && principal && !isDead && { must: principal }),
      params,
      returnTo: new URL(found.returnTo).pathname,
      device: found.deviceCode !== undefined,
    }
  }

  const resultOf = async (interaction: SignInInteraction, result: InteractionResult): Promise<InteractionResults> => {
    if ('refused' in result) return { error: 'access_denied', error_description: refusedDescription }
    if ('linked' in result) return { link: {} }
    if ('consented' in result) return { consent: {} }
    if ('chosen' in result) return { [chooserPrompt]: {} }
    const { signedIn, credentialEpoch, provenAt, method = 'pwd', remember = true, principal, isNew } = result
    // Re-authentication that anybody could pass would strengthen the first one's session (CVE-2023-6787).
    if (interaction.must && !samePrincipal(interaction.must, signedIn)) throw new AppError('conflict', 'other-person')
    const current = principal ?? (await subjects.active(signedIn))
    if (!current?.isActive || current.credentialEpoch !== credentialEpoch)
      throw new AppError('gone', 'interaction-expired')
    return {
      ...(isNew && { link: {} }),
      [chooserPrompt]: {},
      login: {
        accountId: principalKey(signedIn),
        ts: Math.min(Math.floor(provenAt), epochSeconds()),
        remember,
        acr: passwordAcr,
        amr: [method],
        // A recovery before this is resumed makes it worthless (T2).
        credentialEpoch,
        at: now(),
      },
    }
  }

  return {
    nameTheService,

    interaction: async (ctx: PageContext): Promise<SignInInteraction> => {
      const found = await load(ctx)
      if (await isLeftOver(found)) await beginAnew(found)
      return presented(found)
    },

    note: async (ctx: PageContext, noted: Pick<SignInInteraction, 'proven' | 'strong'>): Promise<void> => {
      const found = await load(ctx)
      found.lastSubmission = { ...found.lastSubmission, ...noted }
      await found.persist()
    },

    finish: async (ctx: PageContext, interaction: SignInInteraction, result: InteractionResult): Promise<void> => {
      const found = await load(ctx)
      const outcome = await resultOf(interaction, result)
      if (await isLeftOver(found)) {
        // A proof stands for itself; an answer was given in the name of a session that is no more.
        if (!('signedIn' in result)) throw new AppError('gone', 'interaction-expired')
        found.session = undefined
      }
      found.result = 'refused' in result ? outcome : { ...found.lastSubmission, ...outcome }
      await found.persist()
      ctx.render('oidc/continue', { href: interaction.returnTo, away: false })
    },

    chooseAnother: async (ctx: PageContext): Promise<SignInInteraction> => {
      const found = await load(ctx)
      if (!found.session || !['link', 'consent'].includes(found.prompt.name)) throw new AppError('gone', 'step-is-over')
      found.prompt = { name: chooserPrompt, reasons: [`${chooserPrompt}_prompt`], details: {} }
      await found.persist()
      return presented(found)
    },

    switchPerson: async (ctx: PageContext): Promise<SignInInteraction> => {
      const found = await load(ctx)
      const state = found.session && (await sessions.get(found.session.uid))
      if (state) await endings.endSession(state)
      await beginAnew(found)
      return presented(found)
    },
  }
}
