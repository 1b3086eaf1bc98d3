import { z } from 'zod'
import { holds } from '../accounts/index.ts'
import { inLanguage, showController } from '../companies/index.ts'
import { fields, giveFile, InvalidForm, type Route, seeOther } from '../http/index.ts'
import { randomId } from '../lib/ids.ts'
import { severalLines } from '../lib/several-lines.ts'
import { askable, missingIn, type ReadPart, requestKinds, requestPage } from '../rights-requests/index.ts'
import { cursor, olderBy } from './holder-events.ts'
import type { PortalDeps } from './portal-deps.ts'
import { outcomeIn, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type RequestsDeps = Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'rightsRequests' | 'portability'>

/** Of what is written in one's own words. */
const longestText = 2000
const words = () => fields.normal(longestText, (written) => severalLines(written, longestText))

/** A part's id has a colon in the store and a dot in an address. */
const atRequest = z.object({ request: fields.segment(80).transform((id) => id.replace('.', ':')) })
const atFile = atRequest.extend({ file: fields.segment(40) })
const pathOf = (id: string): string => `/account/${requestPage(id)}`

const shown = z.object({ done: fields.word(30), before: cursor })
type Shown = z.output<typeof shown>

/** **Requests**: what one asks a company for by law, and whom one turns to (S4-9, S9). */
export const requestsRoutes = (tools: PortalTools, deps: RequestsDeps): Route[] => {
  const { companies, operator } = deps.config.group
  const { ask } = deps.rightsRequests
  const own = createVisibleAccounts(deps)

  const present = (part: ReadPart) => ({
    ...part,
    name: companies.get(part.company)?.name ?? part.company,
    path: pathOf(part.id),
  })

  const showRequests = async (ctx: PortalContext, signed: Signed, { done, before }: Shown): Promise<void> => {
    const held = await own.all(signed)
    const { country, id } = signed.principal
    const { language } = ctx.page
    const archives = await deps.portability.list(signed.principal)
    // The newest begins to be given by itself: asked for and had, in two clicks.
    const [newest] = archives
    if (done === 'archive' && newest?.isReady) ctx.set('Refresh', `0; url=/account/requests/archive/${newest.id}`)
    // A company is written to once, also by whoever has two accounts there.
    const controllers = [...Map.groupBy(held, ({ company }) => company)].flatMap(([company, accounts]) => {
      const declared = companies.get(company)
      const subjects = accounts.map(({ subject }) => subject)
      return declared ? [{ ...showController(declared, language, country), subjects }] : []
    })
    const { parts, older } = await ask.page(id, held, before?.replace('.', ':'))
    tools.show(ctx, signed, 'requests', 'portal/requests', {
      done: outcomeIn('requests', done),
      parts: parts.map(present),
      older: olderBy(ctx, 'before', older?.replace(':', '.')),
      isOlder: before !== undefined,
      archives: archives.map((each) => ({ ...each, of: companies.get(each.company ?? '')?.name ?? '' })),
      controllers,
      runBy: showController(operator, language, country),
      arrangement: { kind: operator.arrangement.kind, text: inLanguage(operator.arrangement.text, language) },
    })
  }

  const showNew = async (ctx: PortalContext, signed: Signed, more: object = {}, status = 200): Promise<void> => {
    const accounts = askable(signed.principal.id, await own.all(signed))
    const options = [...Map.groupBy(accounts, ({ company }) => company)].map(([id, [account]]) => ({
      id,
      name: companies.get(id)?.name ?? id,
      isPast: account !== undefined && !holds(signed.principal.id, account),
    }))
    tools.show(
      ctx,
      signed,
      'requests',
      'portal/new-request',
      { kinds: requestKinds, options, once: randomId(), ...more },
      status,
    )
  }

  const showOne = async (ctx: PortalContext, signed: Signed, request: string, more: object = {}, status = 200) => {
    const part = await ask.one(signed.principal.id, request)
    const company = companies.get(part.company)
    const controller = company && showController(company, ctx.page.language, signed.principal.country)
    tools.show(ctx, signed, 'requests', 'portal/request', { part: present(part), controller, ...more }, status)
  }

  return [
    row({
      method: 'GET',
      path: '/account/requests',
      right: 'signed in',
      query: shown,
      handler: (ctx, signed, { query }) => showRequests(ctx, signed, query),
    }),
    row({
      method: 'GET',
      path: '/account/requests/new',
      right: 'signed in',
      handler: (ctx, signed) => showNew(ctx, signed),
    }),
    row({
      method: 'POST',
      path: '/account/requests',
      right: 'proven anew',
      form: fields.openForm({ kind: fields.text(20), about: words(), once: fields.text(40) }, ['company.'], 10),
      handler: async (ctx, signed, { form }) => {
        const { kind, about, once, ...ticked } = form
        const chosen = requestKinds.find((each) => each === kind)
        const at = Object.keys(ticked).flatMap((name) => (ticked[name] === 'on' ? [name.slice('company.'.length)] : []))
        const missing = missingIn({ kind: chosen, about, companies: at })
        if (!chosen || Object.keys(missing).length > 0) throw new InvalidForm(missing)
        const asking = { kind: chosen, about, companies: at, once: once || randomId() }
        await ask.ask(signed.principal, await own.all(signed), asking)
        leadTo(ctx, 'requests', 'sent')
      },
      page: () => '/account/requests/new',
      again: (ctx, signed, { problems, raw }, status) =>
        showNew(ctx, signed, { problems, raw, once: raw.once ?? randomId() }, status),
    }),
    row({
      method: 'GET',
      path: '/account/requests/:request',
      right: 'signed in',
      params: atRequest,
      query: z.object({ done: fields.word(30) }),
      handler: (ctx, signed, { params, query }) =>
        showOne(ctx, signed, params.request, { done: query.done === 'message' ? 'message' : '' }),
    }),
    row({
      method: 'POST',
      path: '/account/requests/:request/message',
      right: 'signed in',
      params: atRequest,
      form: fields.form({ message: words() }),
      takesFiles: true,
      handler: async (ctx, { principal }, { params: { request }, form, files }) => {
        await ask.say(principal.id, request, form.message, files)
        seeOther(ctx, `${pathOf(request)}?done=message`)
      },
      again: (ctx, signed, { params, ...more }, status) => showOne(ctx, signed, params.request, more, status),
    }),
    row({
      method: 'POST',
      path: '/account/requests/:request/withdraw',
      right: 'proven anew',
      params: atRequest,
      form: fields.form({}),
      handler: async (ctx, { principal }, { params: { request } }) => {
        await ask.withdraw(principal.id, request)
        leadTo(ctx, 'requests', 'withdrawn-request')
      },
      again: (ctx, signed, { params, ...more }, status) => showOne(ctx, signed, params.request, more, status),
    }),
    row({
      method: 'POST',
      path: '/account/requests/:request/files/:file',
      right: 'proven anew',
      params: atFile,
      form: fields.form({}),
      handler: async (ctx, { principal }, { params: { request, file } }) =>
        giveFile(ctx, await ask.file(principal.id, request, file)),
    }),
  ]
}
