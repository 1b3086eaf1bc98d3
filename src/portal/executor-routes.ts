import { z } from 'zod'
import { fields, InvalidForm, type Problems, type Route, seeOther } from '../http/index.ts'
import { randomId } from '../lib/ids.ts'
import { plainText } from '../lib/plain-text.ts'
import { severalLines } from '../lib/several-lines.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type PortalContext, row } from './portal-tools.ts'

const longestText = 1500
const line = (most: number) => fields.normal(most, (written) => plainText(written, most))
const words = ['who', 'asker', 'contact', 'about'] as const

/** For somebody who died: an executor needs no account, and no sign-in is touched by it (S9, S4-5). */
export const executorRoutes = ({ config, rightsRequests }: Pick<PortalDeps, 'config' | 'rightsRequests'>): Route[] => {
  const { companies } = config.group

  const show = (ctx: PortalContext, more: object = {}, status = 200): void => {
    const options = [...companies.values()].map(({ id, name }) => ({ value: id, label: name }))
    ctx.render('portal/executor', { options, once: randomId(), sent: false, ...more }, status)
  }

  return [
    row({
      method: 'GET',
      path: '/report-death',
      right: 'anyone',
      query: z.object({ done: fields.word(10) }),
      handler: (ctx, _nobody, { query }) => show(ctx, { sent: query.done === 'sent' }),
    }),
    row({
      method: 'POST',
      path: '/report-death',
      right: 'anyone',
      form: fields.form({
        company: fields.text(40),
        who: line(300),
        asker: line(300),
        contact: line(300),
        about: fields.normal(longestText, (written) => severalLines(written, longestText)),
        once: fields.text(40),
      }),
      takesFiles: true,
      limit: 'executor-network',
      late: true,
      handler: async (ctx, _nobody, { form: { company, once, ...said }, files, take }) => {
        const problems: Problems = {
          ...(!companies.has(company) && { company: { code: 'not-chosen' } }),
          ...Object.fromEntries(words.flatMap((name) => (said[name].length < 2 ? [[name, { code: 'required' }]] : []))),
          ...(files.length === 0 && { file: { code: 'papers-needed' } }),
        }
        if (Object.keys(problems).length > 0) throw new InvalidForm(problems)
        await take()
        const labelled = (['who', 'asker', 'contact'] as const).map((name) =>
          ctx.page.t('layout.labelled', { label: ctx.page.t(`portal.executor.${name}`), value: said[name] }),
        )
        const asked = [...labelled, said.about].join('\n')
        await rightsRequests.askForTheDead({ company, words: asked, once: once || randomId() }, files)
        seeOther(ctx, '/report-death?done=sent')
      },
      again: (ctx, _nobody, { problems, raw }, status) =>
        show(ctx, { problems, raw, once: raw.once ?? randomId() }, status),
    }),
  ]
}
