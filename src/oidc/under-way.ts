import { Provider } from 'oidc-provider'
import { isGivingBackOne } from './configuration.ts'

/** What is known of the request that the library answers now. */
export const createUnderWay = () => {
  const halted = new WeakMap<object, unknown>()

  return {
    /** What the plain lane met after it had written something for this request, which the library is to answer. */
    halt: (request: object, error: unknown): void => void halted.set(request, error),

    asked: {
      halted: () => Provider.ctx && halted.get(Provider.ctx.req),
      waitsForLink: () => Provider.ctx?.state.unlinked !== undefined,
      redeeming: () => Provider.ctx?.oidc.route === 'token',
      givingBackOne: () => isGivingBackOne(Provider.ctx),
      request: () => Provider.ctx,
    },
  }
}
