/** Where the provider answers: only in exactly these spellings (P16). */
export const routes = {
  authorization: '/auth',
  token: '/token',
  userinfo: '/me',
  jwks: '/jwks',
  introspection: '/token/introspection',
  revocation: '/token/revocation',
  pushed_authorization_request: '/request',
  end_session: '/session/end',
  device_authorization: '/device/auth',
  code_verification: '/device',
} as const

/** Says who is signed out. */
export const signedOut = '/session/end/success'

const fixed: ReadonlySet<string> = new Set([
  ...Object.values(routes),
  '/session/end/confirm',
  signedOut,
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
])

const resumption = /^\/(auth|device)\/[A-Za-z0-9_-]{16,64}$/

/**
 * The library's router is laxer (`/AUTH`, `/Session/End`, `/auth/` reach it too), and what goes before it would be
 * walked around: everything else never gets there. Nor does a look at where devices ask, which is a resumption to it (H61).
 */
export const isProviderPath = (path: string, method: string): boolean => {
  if (path === routes.device_authorization && (method === 'GET' || method === 'HEAD')) return false
  return fixed.has(path) || resumption.test(path)
}

export const isResumption = (path: string): boolean => resumption.test(path)
