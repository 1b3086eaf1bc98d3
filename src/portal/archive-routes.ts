import { z } from 'zod'
import { fields, giveResumable, type Route, seeOther } from '../http/index.ts'
import { archiveSchema } from '../portability/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type PortalTools, row } from './portal-tools.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type ArchiveDeps = Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'portability'>

const atArchive = z.object({ archive: fields.segment(40) })
const zip = 'application/zip'

/** Everything that is held of somebody, as a file (S9): for themselves, or once for whoever they hand an address to. */
export const archiveRoutes = (tools: PortalTools, deps: ArchiveDeps): Route[] => {
  const { portability } = deps
  const visible = createVisibleAccounts(deps)

  return [
    row({
      method: 'POST',
      path: '/account/requests/archive',
      right: 'proven anew',
      form: fields.form({ company: fields.maybe(40) }),
      handler: async (ctx, signed, { form: { company } }) => {
        await portability.begin(signed.principal, await visible.all(signed), company || undefined)
        seeOther(ctx, '/account/requests?done=archive')
      },
    }),
    row({
      method: 'GET',
      path: '/account/requests/archive/:archive',
      right: 'signed in',
      params: atArchive,
      handler: async (ctx, { principal }, { params: { archive } }) => {
        await giveResumable(ctx, { ...(await portability.open(principal, archive)), mime: zip })
      },
    }),
    row({
      method: 'POST',
      path: '/account/requests/archive/:archive/hand-over',
      right: 'proven anew',
      params: atArchive,
      form: fields.form({}),
      handler: async (ctx, signed, { params: { archive } }) =>
        tools.show(ctx, signed, 'requests', 'portal/archive-address', {
          handed: await portability.handOver(signed.principal, archive),
        }),
    }),
    row({
      method: 'GET',
      path: '/archives/:address',
      right: 'anyone',
      params: z.object({ address: fields.segment(100) }),
      limit: 'code-tried-network',
      handler: async (ctx, _nobody, { params: { address } }) => {
        // It can be taken once: whatever only looks at addresses takes nothing.
        if (ctx.method === 'HEAD') return ctx.throw(405, { headers: { Allow: 'GET' } })
        await giveResumable(ctx, { ...(await portability.take(address, ctx.get('If-Range'))), mime: zip })
      },
    }),
    row({
      method: 'GET',
      path: '/schemas/archive.json',
      right: 'anyone',
      handler: (ctx) => {
        ctx.type = 'application/schema+json'
        ctx.body = JSON.stringify(archiveSchema(), null, 2)
      },
    }),
  ]
}
