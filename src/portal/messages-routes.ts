import { z } from 'zod'
import { type Account, principalKey } from '../accounts/index.ts'
import { fields, type Route, seeOther, trackingSignal } from '../http/index.ts'
import { digest } from '../lib/ids.ts'
import {
  type Channel,
  channels,
  goesOn,
  groupNews,
  marketingOn,
  objections,
  type Receipt,
} from '../preferences/index.ts'
import { mayChooseMessages } from './access-rules.ts'
import { createHolderEvents, cursor, olderBy } from './holder-events.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type MessagesDeps = Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'activity' | 'choose' | 'audience'>

/** A page of each; what is older is one click away, nothing is cut in silence (U6). */
const shownLetters = 50
const shownReceipts = 10
const shownAsks = 30

const listed = z.object({ before: cursor, asked: cursor })
const saved = fields.openForm(
  { groupNews: fields.ticked(), 'was.groupNews': fields.maybe(10) },
  ['at.', 'choice.'],
  100,
)
/** Which objection must be said: taken for another, one that is lifted would be a yes. */
const objected = fields.form({ objection: z.enum(objections), ends: fields.maybe(10) })

/** **Messages**: who may write to them, on which channel and what for; below it, what was written (S2-a, S6-a to S6-c). */
export const messagesRoutes = (tools: PortalTools, deps: MessagesDeps): Route[] => {
  const { config, choose } = deps
  const { companies } = config.group
  const visible = createVisibleAccounts(deps)
  const holderEvents = createHolderEvents(deps)

  /** What each company may do now, as it would be told this moment; a signal of the browser beside it (S8). */
  const choices = async (ctx: PortalContext, signed: Signed, live: readonly Account[]) => {
    const shown = await Promise.all(
      live.map(async (account) => {
        const company = companies.get(account.company)
        const inForce = await choose.choicesOf(account)
        const { email } = account.copy
        const answers = channels.map((channel) => ({ channel, ...marketingOn(inForce, channel) }))
        return company
          ? [
              {
                company: { id: company.id, name: company.name, legalName: company.legalName, brand: company.brand },
                inForce,
                channels: answers.map(({ channel, allowed, at }) => ({ channel, ticked: allowed, at })),
                was: answers.flatMap(({ channel, allowed }) => (allowed ? [channel] : [])).join(','),
                address: email ?? '',
              },
            ]
          : []
      }),
    )
    const { preferences, receipts } = await choose.of(signed.principal.id)
    const inForce = shown.flat().map(({ inForce: each }) => each)
    const objectedTo = objections.flatMap((objection) => {
      const [answer] = inForce.map((each) => goesOn(each, objection)).filter(({ allowed }) => !allowed)
      const at = answer?.at ?? raisedAt(preferences, objection)
      return at === undefined ? [] : [{ objection, at }]
    })
    const [first] = inForce
    return {
      companies: shown.flat().map(({ inForce: _read, address: _known, ...each }) => each),
      // Written to once they have proven it by a code (double opt-in); of several accounts it is mostly the same one.
      unproven: [...new Set(shown.flat().map(({ address }) => address))].filter(
        (address) => address !== '' && !signed.principal.addresses.includes(address),
      ),
      groupNews: first ? groupNews(first).allowed : false,
      objectedTo,
      receipts: receipts.slice(0, shownReceipts).map((each) => present(each, signed)),
      signal: trackingSignal(ctx),
    }
  }

  /** With a number to name it by, to whomever it is disputed with. */
  const present = ({ n, at, by, made }: Receipt, { principal }: Signed) => ({
    number: `${n}-${digest(`receipt:${principalKey(principal.id)}`)
      .replace(/[^A-Za-z0-9]/g, '')
      .slice(0, 6)
      .toUpperCase()}`,
    at,
    by,
    lines: made.map((each) => ({
      ...each,
      ...(each.kind === 'marketing' && { companyName: companies.get(each.company)?.name ?? '' }),
    })),
  })

  const showMessages = async (
    ctx: PortalContext,
    signed: Signed,
    { before, asked: askedBefore }: z.output<typeof listed>,
  ): Promise<void> => {
    const { events, older } = await holderEvents(ctx, signed, {
      name: 'before',
      cursor: before,
      limit: shownLetters,
      list: 'messages',
    })
    const { asked, older: olderAsks } = await deps.audience.askedAbout(signed.principal.id, {
      limit: shownAsks,
      before: askedBefore,
    })
    const live = await visible.live(signed)
    // Said where the list ends, and would be taken for all there was.
    const unlistedUntil =
      olderAsks === undefined ? await deps.audience.unlistedUntil(live.map(({ company }) => company)) : undefined
    const isOlder = before !== undefined || askedBefore !== undefined
    tools.show(ctx, signed, 'messages', 'portal/messages', {
      ...(!isOlder && { choices: await choices(ctx, signed, live) }),
      letters: events.flatMap(({ at, mail, about = '' }) => (mail ? [{ at, mail, about }] : [])),
      older,
      asked: asked.map((each) => ({ ...each, company: companies.get(each.company)?.name ?? each.company })),
      unlistedUntil,
      olderAsks: olderBy(ctx, 'asked', olderAsks),
      isOlder,
    })
  }

  const save = async (ctx: PortalContext, signed: Signed, form: z.output<typeof saved>): Promise<void> => {
    const at = Object.keys(form).flatMap((name) => (name.startsWith('at.') ? [name.slice('at.'.length)] : []))
    // The page may have shown an account that another window has unlinked or closed since (H49).
    for (const company of at) await visible.at(signed, company, mayChooseMessages)
    await choose.save(signed.principal.id, {
      companies: at.map((company) => ({
        company,
        was: listOf(form as Form, `at.${company}`),
        now: channels.filter((channel) => (form as Form)[`choice.${company}.${channel}`] === 'on'),
      })),
      groupNews: { was: form['was.groupNews'] === 'on', now: form.groupNews },
    })
    tools.choseHere(ctx, signed)
    seeOther(ctx, '/account/messages')
  }

  return [
    row({
      method: 'GET',
      path: '/account/messages',
      right: 'signed in',
      query: listed,
      handler: (ctx, signed, { query }) => showMessages(ctx, signed, query),
    }),
    row({
      method: 'POST',
      path: '/account/messages',
      right: 'signed in',
      form: saved,
      handler: (ctx, signed, { form }) => save(ctx, signed, form),
    }),
    row({
      method: 'POST',
      path: '/account/messages/object',
      right: 'signed in',
      form: objected,
      handler: async (ctx, signed, { form }) => {
        await choose.object(signed.principal.id, form.objection, form.ends !== 'on')
        tools.choseHere(ctx, signed)
        seeOther(ctx, '/account/messages')
      },
    }),
  ]
}

const listOf = (form: Form, name: string): Channel[] =>
  (form[name] ?? '').split(',').filter((each): each is Channel => (channels as readonly string[]).includes(each))

const raisedAt = (
  { objections: raised }: Awaited<ReturnType<PortalDeps['choose']['of']>>['preferences'],
  objection: (typeof objections)[number],
): number | undefined => {
  const each = raised[objection]
  return each && (each.lifted ?? 0) < each.at ? each.at : undefined
}
