import type { Context } from 'koa'
import { type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import { type Bound, boundHere, isBoundHere } from '../lib/browser-binding.ts'
import { type ArtifactsStore, artifactId } from './artifacts-store.ts'
import { grantFields } from './grants.ts'
import { proofWindow } from './proof-of-key.ts'
import { goOnQuietly, quietErrors } from './quiet-errors.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { Refusals } from './refusals.ts'
import { createSessionModel, type SessionModelDeps } from './session-model.ts'
import { userCodeOf } from './user-code.ts'

type ResponseMode = Parameters<Provider['registerResponseMode']>[1]

export interface ProviderDeps {
  issuer: string
  sessions: SessionModelDeps
  artifacts: ArtifactsStore
  refreshTokens: Pick<RefreshTokens, 'following' | 'code'>
  /** Whether a proof was given before its holder ended everything else of theirs (H20). */
  isEnded: (login: GivenLogin) => Promise<boolean>
  /** Our button page instead of the library's script (P9). */
  formPost: ResponseMode
  /** Every refusal of the library, whichever endpoint made it, and how it is answered by a redirect (R4). */
  refusals: Pick<Refusals, 'note' | 'described'>
}

/** A proof that waits to be resumed; `at` in milliseconds since 1970. */
export interface GivenLogin {
  accountId: string
  at?: number
}

type Model = (new (...parameters: never[]) => object) & { IN_PAYLOAD: string[] }
type FoundModel = Model & { find: (id: string, options?: object) => Promise<unknown> }
type Given = { login?: GivenLogin } | undefined
type Begun = Bound & { save(ttl: number): Promise<unknown>; result?: Given; lastSubmission?: Given }
type BegunModel = (new (...parameters: never[]) => Begun) & Pick<FoundModel, 'IN_PAYLOAD' | 'find'>
type DeviceCodeModel = Model & { findByUserCode: (code: string, options?: object) => Promise<unknown> }
type ClientModel = (new (
  ...parameters: never[]
) => { subjectType?: string; compareClientSecret(actual: string): boolean }) & {
  adapter: unknown
  find: (id: string) => Promise<unknown>
}

/**
 * oidc-provider with eight of its models put right. Each difference is here, by subclass alone, and has a test that
 * fails when the library changes under it.
 */
export const createProvider = (deps: ProviderDeps, configuration: Configuration): Provider => {
  class GroupProvider extends Provider {
    override registerResponseMode(name: string, handler: ResponseMode): void {
      const answer = name === 'form_post' ? deps.formPost : handler
      super.registerResponseMode(name, (ctx, to, payload) => answer(ctx, to, deps.refusals.described(ctx, payload)))
    }

    override emit(event: string | symbol, ...parameters: unknown[]): boolean {
      const [ctx, error] = parameters
      if (String(event).endsWith('.error')) deps.refusals.note(ctx as KoaContextWithOIDC, error)
      return super.emit(event, ...parameters)
    }
  }
  const provider = new GroupProvider(deps.issuer, configuration)

  const clients = new Map<string, unknown>()
  const BaseClient = provider.Client as unknown as ClientModel
  /** Pairwise in what it answers, whatever its redirect hosts: the sector is the company (P1). */
  class Client extends BaseClient {
    constructor(...parameters: never[]) {
      super(...parameters)
      this.subjectType = 'pairwise'
    }

    /** Nothing about a client changes while this provider answers: the library would compare all of it at each request. */
    static override async find(id: string): Promise<unknown> {
      const known = clients.get(id) ?? (await BaseClient.find.call(Client, id))
      if (known) clients.set(id, known)
      return known
    }

    /** The library keeps it in a private static of its own class. */
    static override get adapter() {
      return BaseClient.adapter
    }

    /** What an introspection does next, without a wait, is to judge the token's form and ask our adapter for it. */
    override compareClientSecret(actual: string): boolean {
      if (Provider.ctx?.oidc.route === 'introspection') goOnQuietly()
      return super.compareClientSecret(actual)
    }

    /** Services are told from the session's own ending, after the person has been answered (P13). */
    async backchannelLogout(): Promise<void> {}
  }

  const BaseGrant = provider.Grant as unknown as FoundModel
  const grantsOf = new WeakMap<object, Map<string, Promise<unknown>>>()
  class Grant extends BaseGrant {
    /** Our checks and the library's ask for it in one request: read once. */
    static override async find(id: string, options?: object): Promise<unknown> {
      const request = Provider.ctx
      if (!request) return BaseGrant.find.call(Grant, id, options)
      const known = grantsOf.get(request) ?? new Map<string, Promise<unknown>>()
      grantsOf.set(request, known)
      const found = known.get(id) ?? BaseGrant.find.call(Grant, id, { ignoreExpiration: true })
      known.set(id, found)
      return found
    }

    static override get IN_PAYLOAD(): string[] {
      return [...BaseGrant.IN_PAYLOAD, ...grantFields]
    }
  }

  const BaseInteraction = provider.Interaction as unknown as BegunModel
  /**
   * Goes on in the browser that it was begun in alone, before anything of it is shown or ended (H2, CVE-2026-7507), and
   * without the proof that its holder has ended meanwhile (H20).
   */
  class Interaction extends BaseInteraction {
    static override async find(id: string, options?: object): Promise<unknown> {
      const begun = (await BaseInteraction.find.call(Interaction, id, options)) as Begun | undefined
      if (!begun || !isBoundHere(begun)) return undefined
      for (const given of ['result', 'lastSubmission'] as const) {
        const login = begun[given]?.login
        if (login && (await deps.isEnded(login))) begun[given] = undefined
      }
      return begun
    }

    override async save(ttl: number): Promise<unknown> {
      this.browser ??= boundHere().browser
      return super.save(ttl)
    }

    static override get IN_PAYLOAD(): string[] {
      return [...BaseInteraction.IN_PAYLOAD, 'browser']
    }
  }

  const BaseDeviceCode = provider.DeviceCode as unknown as DeviceCodeModel
  class DeviceCode extends BaseDeviceCode {
    /** The library has dropped by now what is no plain letter; what was typed may be in wide ones (K2). */
    static override findByUserCode(code: string, options?: object): Promise<unknown> {
      const typed = userCodeOf(Provider.ctx?.oidc.params?.user_code)
      return BaseDeviceCode.findByUserCode.call(DeviceCode, typed || code, options)
    }
  }

  const BaseRefreshToken = provider.RefreshToken as unknown as Model
  class RefreshToken extends BaseRefreshToken {
    generateTokenId(): string {
      return deps.refreshTokens.following(Provider.ctx?.oidc.entities.RotatedRefreshToken?.jti)
    }
  }

  const BaseCode = provider.AuthorizationCode as unknown as Model
  /** The beginning of a family of refresh tokens. */
  class AuthorizationCode extends BaseCode {
    generateTokenId(): string {
      return deps.refreshTokens.code()
    }
  }

  const BaseReplay = provider.ReplayDetection as unknown as Model
  class ReplayDetection extends BaseReplay {
    /**
     * One insert instead of looking first: eight proofs at once are one proof (Z1, P15). Remembered for as long as it could
     * be taken, also where it was dated ahead of our clock: the library forgets it one window after it was used (O1).
     */
    static async unique(issuer: string, jti: string, exp: number): Promise<boolean> {
      return deps.artifacts.putOnce(artifactId('jti', `${issuer}\n${jti}`), '', exp + proofWindow + 1)
    }
  }

  const Session = createSessionModel(provider.Session, deps.sessions)
  const models = { AuthorizationCode, Client, DeviceCode, Grant, Interaction, RefreshToken, ReplayDetection, Session }
  for (const [name, value] of Object.entries(models)) Object.defineProperty(provider, name, { value })
  quietErrors()
  return provider
}

/** The one middleware the library consists of, run on the request of the app that it is part of. */
export const runProvider = async (provider: Provider, ctx: Context, next: () => Promise<void>): Promise<void> => {
  const [handle] = provider.middleware
  await handle?.(ctx as never, next)
}
