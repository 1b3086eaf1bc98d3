import type { PrincipalId } from '../accounts/index.ts'
import { iso, second } from '../lib/clock.ts'
import type { Row } from './archive-schema.ts'
import { isMeant, type Of } from './asked.ts'

/** What the protocol knows of who is signed in where; its times are in seconds. */
export interface ReadSessions {
  sessionsOf: (id: PrincipalId) => Promise<
    {
      device: string
      signedInAt: number
      lastUsedAt: number
      services: { name: string; company: string }[]
    }[]
  >
  offlineSessionsOf: (
    id: PrincipalId,
  ) => Promise<{ name: string; company: string; device: string; signedInAt: number }[]>
}

/** Where they are signed in. A browser that reached none of a company's services is nothing of that company. */
export const sessionsOf = async (read: ReadSessions, of: Of): Promise<Row<'sessions'>[]> => {
  const [browsers, lasting] = await Promise.all([read.sessionsOf(of.who.id), read.offlineSessionsOf(of.who.id)])
  return [
    ...browsers
      .map((each) => ({ ...each, services: each.services.filter(({ company }) => isMeant(of, company)) }))
      .filter(({ services }) => services.length > 0 || isMeant(of, undefined))
      .map(
        ({ device, signedInAt, lastUsedAt, services }): Row<'sessions'> => ({
          provenance: 'observed',
          kind: 'browser',
          device,
          signedInAt: iso(signedInAt * second),
          // Used by whatever else it reaches, it tells of that.
          ...(isMeant(of, undefined) && { lastUsedAt: iso(lastUsedAt * second) }),
          services: services.map(({ name }) => name),
        }),
      ),
    ...lasting
      .filter(({ company }) => isMeant(of, company))
      .map(
        ({ name, device, signedInAt }): Row<'sessions'> => ({
          provenance: 'observed',
          kind: 'lasting',
          device,
          signedInAt: iso(signedInAt * second),
          services: [name],
        }),
      ),
  ]
}
