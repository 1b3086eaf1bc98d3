import { guardedDetails } from '../accounts/index.ts'
import type { AuditEntry } from '../audit/index.ts'
import { type DetailName, type Details, detailNames } from '../details/index.ts'
import { problemsOf, seeOther } from '../http/index.ts'
import { now } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import {
  type Act,
  type Asker,
  acts,
  askers,
  isDoneFor,
  may,
  nameOf,
  provesFor,
  type SeenCase,
  type Staff,
} from '../support/index.ts'
import type { ConsoleContext, ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import type { ConsoleDoor } from './door.ts'

const longestText = 500

/** Cases: opened with a number or a reason, one field to find the account, and what each level then shows and lets do. */
export const addCases = (router: ConsoleRouter, door: ConsoleDoor, deps: ConsoleDeps): void => {
  const { config, support } = deps
  const { openCase, seeCase, proveCaller, corrections, actOnAccount, audit } = support

  const showList = async (ctx: ConsoleContext, staff: Staff, more: Record<string, unknown> = {}, status = 200) => {
    const open = (await openCase.openOf(staff)).map((each) => ({
      href: pathOf(each._id),
      name: nameOf(each),
      reason: each.reason,
      openedAt: each.openedAt,
      agent: each.agent,
    }))
    door.show(ctx, staff, 'cases', 'console/cases', { open, askers, ...more }, status)
  }

  const showCase = async (ctx: ConsoleContext, staff: Staff, more: Record<string, unknown> = {}, status = 200) => {
    const seen = await seeCase.see(staff, idOf(ctx))
    const company = config.group.companies.get(staff.company)
    const history =
      seen.case.account && may(staff, 'case', staff.company)
        ? await audit.search(staff.company, { kind: 'account', value: seen.case.account }, 30)
        : []
    door.show(
      ctx,
      staff,
      'cases',
      'console/case',
      {
        path: pathOf(seen.case._id),
        name: nameOf(seen.case),
        seen,
        company,
        state: keyOf(seen.state),
        timeline: timelineOf(ctx.page.t, seen, history),
        summary: summaryOf(ctx, seen),
        detailNames,
        guarded: guardedDetails,
        companyNames: Object.fromEntries([...config.group.companies.values()].map(({ id, name }) => [id, name])),
        proofs: provesFor,
        isDone: (act: string) => isDoneFor(seen.case.askedBy, act),
        mayMark: may(staff, 'mark', staff.company),
        isOneself: (agent: string) => agent === staff._id,
        isSecondAgent: seen.case.guarded !== undefined && seen.case.guarded.by !== staff._id,
        keyOf,
        at: now(),
        nothing: ctx.query.found === 'none',
        done: typeof ctx.query.done === 'string' && /^[a-z-]{1,30}$/.test(ctx.query.done) ? ctx.query.done : null,
        ...more,
      },
      status,
    )
  }

  /** One step in a case; what is wrong with its form is shown in the case. */
  const step = (act: (ctx: ConsoleContext, staff: Staff, form: Record<string, string>) => Promise<string>) =>
    door.staffOnly('case', async (ctx, staff) => {
      const form = await door.fields(ctx)
      try {
        seeOther(ctx, `${pathOf(idOf(ctx))}${await act(ctx, staff, form)}`)
      } catch (error) {
        const problems = problemsOf(error) ?? conflictOf(error)
        if (!problems) throw error
        await showCase(ctx, staff, { problems, raw: form }, isAppError(error) && error.kind === 'forbidden' ? 403 : 400)
      }
    })

  router.get('/console/cases', door.staffOnly('case', showList))
  router.post(
    '/console/cases',
    door.staffOnly('case', async (ctx, staff) => {
      const raw = await door.fields(ctx)
      try {
        const asked = {
          reference: textOf(raw.reference, 'reference', 60),
          reason: textOf(raw.reason, 'reason', longestText),
          askedBy: askerOf(raw.askedBy),
        }
        seeOther(ctx, pathOf((await openCase.open(staff, asked))._id))
      } catch (error) {
        const problems = problemsOf(error)
        if (!problems) throw error
        await showList(ctx, staff, { problems, raw }, 400)
      }
    }),
  )

  router.get(
    '/console/requests',
    door.staffOnly('requests', async (ctx, staff) => {
      const handed = (await openCase.handedOn(staff)).map(({ case: id, account, by, at, from }) => ({
        href: pathOf(id),
        name: from ? nameOf(from) : id,
        reason: from?.reason ?? '',
        askedBy: from?.askedBy ?? 'person',
        account: account.slice(account.indexOf(':') + 1),
        by,
        at,
      }))
      door.show(ctx, staff, 'requests', 'console/requests', { handed })
    }),
  )

  router.get('/console/cases/:id', door.staffOnly('case', showCase))
  router.post(
    '/console/cases/:id/find',
    step(async (ctx, staff, form) => {
      const outcome = await openCase.find(staff, idOf(ctx), textOf(form.query, 'query', 300))
      return outcome === 'found' ? '' : '?found=none'
    }),
  )
  router.post(
    '/console/cases/:id/send-code',
    step(async (ctx, staff) => {
      await proveCaller.sendCode(staff, idOf(ctx))
      return '?done=code-sent'
    }),
  )
  router.post(
    '/console/cases/:id/code',
    step(async (ctx, staff, form) => {
      await proveCaller.checkCode(staff, idOf(ctx), form.code ?? '')
      return ''
    }),
  )
  router.post(
    '/console/cases/:id/ask-approval',
    step(async (ctx, staff) => {
      await proveCaller.askApproval(staff, idOf(ctx))
      return '?done=approval-asked'
    }),
  )
  router.post(
    '/console/cases/:id/papers',
    step(async (ctx, staff, form) => {
      await proveCaller.notePapers(staff, idOf(ctx), evidenceOf(form))
      return '?done=papers-noted'
    }),
  )
  router.post(
    '/console/cases/:id/agree-papers',
    step(async (ctx, staff) => {
      await proveCaller.agreeToPapers(staff, idOf(ctx))
      return ''
    }),
  )
  router.post(
    '/console/cases/:id/ask-services',
    step(async (ctx, staff) => {
      await proveCaller.askForServices(staff, idOf(ctx))
      return '?done=services-asked'
    }),
  )
  router.post(
    '/console/cases/:id/correct',
    step(async (ctx, staff, form) => {
      const [wanted, shown] = [detailsIn(form, ''), detailsIn(form, 'shown.')]
      const changed = await corrections.correct(staff, idOf(ctx), wanted, shown)
      return changed.length > 0 ? '?done=saved' : ''
    }),
  )
  router.post(
    '/console/cases/:id/guarded',
    step(async (ctx, staff, form) => {
      const [field, another] = guardedDetails.filter((each) => (form[each] ?? '') !== (form[`shown.${each}`] ?? ''))
      if (!field) throw new AppError('conflict', 'nothing-to-propose', { values: { field: 'birthDate' } })
      if (another) throw new AppError('conflict', 'one-guarded-at-a-time', { values: { field: another } })
      const evidence = evidenceOf(form)
      await corrections.proposeGuarded(staff, idOf(ctx), { field, value: form[field] ?? '', evidence })
      return '?done=guarded-proposed'
    }),
  )
  router.post(
    '/console/cases/:id/agree',
    step(async (ctx, staff) => {
      await corrections.agreeToGuarded(staff, idOf(ctx))
      return '?done=saved'
    }),
  )
  router.post(
    '/console/cases/:id/act',
    step(async (ctx, staff, form) => {
      const act = acts.find((each): each is Act => each === form.act)
      if (!act) throw new AppError('invalid', 'invalid-value', { values: { field: 'act' } })
      await actOnAccount.act(staff, idOf(ctx), act, form.newAddress ?? form.device ?? '')
      return `?done=${act}`
    }),
  )
  router.post(
    '/console/cases/:id/close',
    step(async (ctx, staff) => {
      await openCase.close(staff, idOf(ctx))
      return ''
    }),
  )
}

/** `company:time:random`; a colon means something in a path to some proxies, so it is written without. */
const pathOf = (id: string): string => `/console/cases/${id.replaceAll(':', '.')}`
const idOf = (ctx: ConsoleContext): string => String(ctx.params.id).replaceAll('.', ':')

const keyOf = (words: string): string => words.replaceAll(' ', '-')

const askerOf = (value: string | undefined): Asker => askers.find((each) => each === value) ?? 'person'

const textOf = (value: string | undefined, field: string, most: number): string => {
  const text = (value ?? '').normalize('NFC').replace(/\p{C}/gu, ' ').trim()
  if ([...text].length > most) throw new AppError('invalid', 'too-long', { values: { field, most } })
  return text
}

const evidenceOf = (form: Record<string, string>): string => {
  const evidence = textOf(form.evidence, 'evidence', longestText)
  if (evidence.length < 8) throw new AppError('invalid', 'case-needs-evidence', { values: { field: 'evidence' } })
  return evidence
}

const detailsIn = (form: Record<string, string>, prefix: string): Details =>
  Object.fromEntries(
    detailNames.flatMap((field: DetailName) => {
      const value = form[prefix + field]
      return value === undefined ? [] : [[field, value === '' ? null : value]]
    }),
  )

/** What stands against a step though nothing is wrong with its form: told in the case, not on an error page. */
const conflictOf = (error: unknown) =>
  isAppError(error) &&
  ['conflict', 'forbidden', 'gone', 'limited'].includes(error.kind) &&
  /^(case|second|nothing|not|field|approval|too-many|device)-/.test(error.code)
    ? { form: { code: error.code, values: error.values } }
    : undefined

interface Moment {
  at: number
  what: string
  who?: string
}

/** What happened to this account as its own company may know it: changes, its people's acts, deliveries, sign-ins. */
const timelineOf = (t: ConsoleContext['page']['t'], { account }: SeenCase, history: AuditEntry[]): Moment[] =>
  [
    ...history.map(({ at, action, agent }) => ({ at, what: t(`console.acts.${action}`), who: agent })),
    ...(account?.linkedSince ? [{ at: account.linkedSince, what: t('console.linked') }] : []),
    ...(account?.changes ?? []).map(({ at, fields, by }) => ({
      at,
      what: t(`console.changed.${by}`, { fields: fields.map((field) => t(`details.${field}`)).join(', ') }),
    })),
    ...(account?.deliveries ?? []).map(({ at, recipient, outcome }) => ({
      at,
      what: t(`console.deliveries.${deliveryOf(outcome)}`),
      who: recipient,
    })),
    ...(account?.signIns ?? []).map(({ at, service }) => ({ at, what: t('console.signed-in'), who: service })),
  ]
    .sort((a, b) => b.at - a.at)
    .slice(0, 30)

const deliveryOf = (outcome: string): string =>
  outcome === 'acknowledged' || outcome === 'refused' ? outcome : 'failed'

/** For the ticket: what is the matter, and nothing of who it is about. */
const summaryOf = (ctx: ConsoleContext, { case: seen, state, account }: SeenCase): string => {
  const { t } = ctx.page
  const line = (name: string, value: string) => `${t(`console.summary.${name}`)}: ${value}`
  return [
    line('case', nameOf(seen)),
    line('state', t(`states.${keyOf(state)}`)),
    ...(account
      ? [
          line('link', t(`states.${keyOf(account.linkStatus)}`)),
          line('way-in', t(`console.ways.${account.wayIn}`)),
          ...account.deliveries.map(
            ({ recipient, outcome }) => `${t(`console.deliveries.${deliveryOf(outcome)}`)} ${recipient}`,
          ),
        ]
      : []),
  ].join('\n')
}
