import type { HttpSettings } from './settings.ts'

type Names = Pick<HttpSettings, 'production' | 'port'>

/**
 * `__Host-` keeps a sister domain from planting the cookie (security §4). Development has no TLS, and ports of one
 * host share their cookies, so there the port tells the processes apart.
 */
export const cookieName = ({ production, port }: Names, name: string): string =>
  production ? `__Host-${name}` : `${name}-${port}`

/** For cookies with a path of their own, where browsers drop a `__Host-` name (P8). */
export const scopedCookieName = ({ production, port }: Names, name: string): string =>
  production ? `__Secure-${name}` : `${name}-${port}`
