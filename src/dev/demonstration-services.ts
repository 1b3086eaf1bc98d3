import { second } from '../lib/clock.ts'

export interface DemonstrationService {
  id: string
  name: string
  company: string
  url: string
}

/**
 * The demonstration's services as this process sees them: whether each has answered, and the clock they are told. Nobody
 * else's service is ever called from here.
 */
export const createDemonstrationServices = (services: readonly DemonstrationService[]) => {
  const silent = new Set(services.map(({ id }) => id))
  let stopped = false

  const call = async (service: DemonstrationService, path: string, body?: object): Promise<boolean> => {
    try {
      const answer = await fetch(service.url + path, {
        ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(2 * second),
      })
      return answer.ok
    } catch {
      return false
    }
  }

  const ask = async (offset: number): Promise<void> => {
    await Promise.all(
      services
        .filter(({ id }) => silent.has(id))
        .map(async (service) => {
          if (await call(service, '/dev/clock', { offset })) silent.delete(service.id)
        }),
    )
  }

  return {
    /** Settles once each has answered and knows the clock; they are not looked at again. False when it was stopped before. */
    haveAnswered: async (offset: () => number): Promise<boolean> => {
      while (silent.size > 0 && !stopped) {
        await ask(offset())
        if (silent.size > 0) await new Promise((resolve) => setTimeout(resolve, second / 10))
      }
      return !stopped
    },

    tellClock: async (offset: number): Promise<void> => {
      await Promise.all(services.map((service) => call(service, '/dev/clock', { offset })))
    },

    /** Makes one of them fail, or well again; false when it did not take it. */
    setFault: async (id: string, mode: string): Promise<boolean> => {
      const service = services.find((each) => each.id === id)
      return service !== undefined && call(service, '/dev/fault', { mode })
    },

    /** How it fails just now; `off` also when it does not say, undefined for what is none of the demonstration's. */
    faultOf: async (id: string): Promise<string | undefined> => {
      const service = services.find((each) => each.id === id)
      if (!service) return undefined
      const answer = await fetch(`${service.url}/dev/fault`, { signal: AbortSignal.timeout(second) }).catch(
        () => undefined,
      )
      return answer?.ok ? ((await answer.json()) as { mode: string }).mode : 'off'
    },

    /** Signs everybody out there and forgets what was received. */
    reset: async (): Promise<void> => {
      await Promise.all(services.map((service) => call(service, '/dev/reset', {})))
    },

    stop: (): void => {
      stopped = true
    },
  }
}
