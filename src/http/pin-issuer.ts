import type { Context, Middleware } from 'koa'
import type { Log } from '../lib/log.ts'
import { logRefusal } from './log-refusal.ts'
import type { HttpSettings } from './settings.ts'

const forwarded = /^(forwarded|x-forwarded-.*|x-original-.*|x-host|x-real-.*|x-rewrite-url|x-http-method.*)$/

/**
 * Only the issuer's own host is answered, and whatever asks where it is reached is told the issuer (Z2): a forged
 * Host or forwarded header must not end up in a discovery document or in a mail's link. Health is asked by address.
 */
export const pinIssuer = ({ issuer }: Pick<HttpSettings, 'issuer'>, log: Pick<Log, 'info'>): Middleware => {
  const { host, protocol } = new URL(issuer)
  const scheme = protocol.slice(0, -1)
  const misdirected = (ctx: Context, cure: string, saw: string) => {
    logRefusal(log, ctx, { rule: 'issuer-host', saw })
    ctx.status = 421
    ctx.type = 'text/plain'
    ctx.body = `This address is not served here. ${cure}\n`
  }
  return async function pinTheIssuer(ctx, next) {
    // An absolute or network-path target would bring its own host past the header.
    if (!/^\/(?![/\\])/.test(ctx.req.url ?? ''))
      return misdirected(
        ctx,
        `The path has to begin with one slash, and begins with two where an issuer was written with one at its end: write ${issuer} there, without.`,
        'a path that does not begin with one slash',
      )
    const sent = ctx.req.headers.host
    if (sent !== host && !ctx.path.startsWith('/health/') && canonicalHost(sent, protocol) !== host)
      return misdirected(
        ctx,
        `Open ${issuer}, or set ISSUER to the address that people open.`,
        `Host ${sent?.slice(0, 100)}`,
      )

    for (const name of Object.keys(ctx.req.headers)) if (forwarded.test(name)) delete ctx.req.headers[name]
    // For whoever believes a proxy: the app itself, and libraries that make a context of their own of this request.
    ctx.req.headers.host = host
    ctx.req.headers['x-forwarded-host'] = host
    ctx.req.headers['x-forwarded-proto'] = scheme
    await next()
  }
}

/** Lower case and without the scheme's own port, as a browser would write it. */
const canonicalHost = (sent: string | undefined, protocol: string): string | undefined =>
  sent && /^[\w.:[\]-]+$/.test(sent) && URL.canParse(`${protocol}//${sent}`)
    ? new URL(`${protocol}//${sent}`).host
    : undefined
