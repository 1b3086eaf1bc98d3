import type { Context } from 'koa'
import { qrCode } from '../lib/qr-code.ts'
import { routes } from './routes.ts'

export const devicePicturePath = '/device/code.svg'

/**
 * The address of a device's code as a QR code, for televisions that draw none themselves. Made from the code alone:
 * whether anything waits under it is not looked up.
 */
export const showDevicePicture = async (ctx: Context, issuer: string): Promise<void> => {
  const code = ctx.query.user_code
  if (typeof code !== 'string' || !/^[A-Z]{4}-[A-Z]{4}$/.test(code)) return
  const address = `${issuer}${routes.code_verification}?user_code=${code}`
  ctx.type = 'image/svg+xml'
  // Shown on pages of services' own devices, which are other origins.
  ctx.set('Cross-Origin-Resource-Policy', 'cross-origin')
  ctx.body = qrCode(address)
}
