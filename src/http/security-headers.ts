import type { Middleware } from 'koa'
import type { HttpSettings } from './settings.ts'

/** The policy of every page; a page that hands a form to another origin (`form_post`) names it, and nothing else does. */
export const contentSecurityPolicy = ({ formAction = [] }: { formAction?: string[] } = {}): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `form-action ${["'self'", ...formAction].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

/** Of every answer there is, unless what answers knows better. */
export const headersOfAll = ({ production }: Pick<HttpSettings, 'production'>): Record<string, string> => ({
  'Content-Security-Policy': contentSecurityPolicy(),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // With `no-referrer` Chromium would send `Origin: null` on our own forms.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)',
  'Cache-Control': 'no-store',
  ...(production && { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' }),
})

/** Set before anything runs, so that errors and the libraries below carry them too (Z6, security §6). */
export const securityHeaders = (config: Pick<HttpSettings, 'production'>): Middleware => {
  const set = new Map(Object.entries(headersOfAll(config)))
  return async function setSecurityHeaders(ctx, next) {
    ctx.res.setHeaders(set)
    await next()
  }
}
