import { z } from 'zod'
import { fields, giveFile, type Refusal, type Route, refusalOf, type SentFile, seeOther } from '../http/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { severalLines } from '../lib/several-lines.ts'
import { requestPage } from '../rights-requests/index.ts'
import type { Staff } from '../staff/index.ts'
import { nameOf } from '../support/index.ts'
import { pathOf as pathOfCase } from './case-page.ts'
import { type ConsoleContext, type ConsoleDeps, row } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

const longestText = 2000
const words = () => fields.normal(longestText, (written) => severalLines(written, longestText))

/** A part's id has a colon in the store and a dot in an address. */
const atRequest = z.object({ request: fields.segment(80).transform((id) => id.replace('.', ':')) })
const atFile = atRequest.extend({ file: fields.segment(40) })
export const pathOf = (id: string): string => `/console/${requestPage(id)}`

const nothing = fields.form({})

/** A colleague was first, or the person withdrew it: whoever works here sends no new one (H45). */
const refused = (error: unknown): Refusal | undefined =>
  refusalOf(
    isAppError(error, 'request-over')
      ? new AppError('conflict', 'request-over-at-desk', { values: { field: 'form' } })
      : error,
  )

/** The request desk: what people ask their own company for, and what support has handed on (S4-9). */
export const requestRoutes = (guard: StaffGuard, { support, rightsRequests }: ConsoleDeps): Route[] => {
  const { desk } = rightsRequests

  const handedOn = async (staff: Staff) =>
    (await support.openCase.handedOn(staff)).map(({ case: id, account, by, at, from }) => ({
      href: pathOfCase(id),
      name: from ? nameOf(from) : id,
      reason: from?.reason ?? '',
      askedBy: from?.askedBy ?? 'person',
      account: account.slice(account.indexOf(':') + 1),
      by,
      at,
    }))

  const showOne = async (ctx: ConsoleContext, staff: Staff, id: string, more: object = {}, status = 200) => {
    const part = await desk.see(staff, id)
    guard.show(ctx, staff, 'requests', 'console/request', { part, path: pathOf(id), done: null, ...more }, status)
  }

  /** One act at the desk, at an address of its own; what is wrong with its form is shown at the request. */
  const step = <Form>(
    name: string,
    form: z.ZodType<Form>,
    carryOut: (staff: Staff, id: string, form: Form, files: readonly SentFile[]) => Promise<void>,
    takesFiles = false,
  ): Route =>
    row({
      method: 'POST',
      path: `/console/requests/:request/${name}`,
      right: 'requests',
      params: atRequest,
      form,
      ...(takesFiles && { takesFiles: true as const }),
      handler: async (ctx, staff, { params: { request }, form, files }) => {
        await carryOut(staff, request, form, files)
        seeOther(ctx, `${pathOf(request)}?done=${name}`)
      },
      refusal: refused,
      again: (ctx, staff, { params, ...more }, status) => showOne(ctx, staff, params.request, more, status),
    })

  return [
    row({
      method: 'GET',
      path: '/console/requests',
      right: 'requests',
      handler: async (ctx, staff) => {
        const { open, ended } = await desk.queue(staff)
        const listed = (parts: typeof open) => parts.map((part) => ({ ...part, path: pathOf(part.id) }))
        guard.show(ctx, staff, 'requests', 'console/requests', {
          open: listed(open),
          ended: listed(ended),
          handed: await handedOn(staff),
        })
      },
    }),
    row({
      method: 'GET',
      path: '/console/requests/:request',
      right: 'requests',
      params: atRequest,
      query: z.object({ done: fields.word(20) }),
      handler: (ctx, staff, { params: { request }, query: { done = null } }) => showOne(ctx, staff, request, { done }),
    }),
    step('take', fields.form({ from: fields.text(254) }), (staff, id, { from }) => desk.take(staff, id, from)),
    step('hand-over', fields.form({ to: fields.text(254) }), (staff, id, { to }) => desk.handOver(staff, id, to)),
    step(
      'message',
      fields.form({ message: words() }),
      (staff, id, form, files) => desk.say(staff, id, form.message, files),
      true,
    ),
    step('ask-proof', fields.form({ proof: words() }), (staff, id, { proof }) => desk.askProof(staff, id, proof)),
    step('extend', fields.form({ extension: words() }), (staff, id, { extension }) =>
      desk.extend(staff, id, extension),
    ),
    step(
      'answer',
      fields.form({ answer: words() }),
      (staff, id, form, files) => desk.answer(staff, id, form.answer, files),
      true,
    ),
    step('refuse', fields.form({ reason: words() }), (staff, id, { reason }) => desk.refuse(staff, id, reason)),
    row({
      method: 'POST',
      path: '/console/requests/:request/files/:file',
      right: 'requests',
      params: atFile,
      form: nothing,
      handler: async (ctx, staff, { params: { request, file } }) =>
        giveFile(ctx, await desk.file(staff, request, file)),
    }),
  ]
}
